import { invalidForm } from './discord-error.ts'

/** A JSON object of a request, read field by field; what does not fit is 50035 with the field's path. */
export class Form {
  readonly path: string
  #fields: Record<string, unknown>

  constructor(value: unknown, path = '') {
    this.path = path
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidForm(path || 'body', 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType')
    }
    this.#fields = value as Record<string, unknown>
  }

  #at(name: string): string {
    return this.path ? `${this.path}.${name}` : name
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null
  }

  /** Ids come as strings; peers also send numbers. */
  text(name: string): string {
    const value = this.#fields[name]
    if (typeof value === 'string') return value
    if (typeof value === 'number') return String(value)
    throw this.has(name)
      ? this.#wrong(name, 'STRING_TYPE_CONVERT', 'Could not interpret value as string.')
      : this.#missing(name)
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined
  }

  snowflake(name: string): string {
    const value = this.text(name)
    if (/^\d{1,20}$/.test(value)) return value
    throw this.#wrong(name, 'NUMBER_TYPE_COERCE', `Value "${value.slice(0, 40)}" is not snowflake.`)
  }

  number(name: string): number {
    const value = Number(this.#fields[name])
    if (!this.has(name)) throw this.#missing(name)
    if (Number.isFinite(value)) return value
    throw this.#wrong(name, 'NUMBER_TYPE_COERCE', 'Value is not int.')
  }

  form(name: string): Form {
    if (!this.has(name)) throw this.#missing(name)
    return new Form(this.#fields[name], this.#at(name))
  }

  list(name: string): Form[] {
    const value = this.#fields[name] ?? []
    if (!Array.isArray(value))
      throw this.#wrong(name, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType')
    return value.map((item, at) => new Form(item, `${this.#at(name)}.${at}`))
  }

  texts(name: string): string[] {
    const value = this.#fields[name] ?? []
    return Array.isArray(value) ? value.map(String) : []
  }

  #missing(name: string) {
    return this.#wrong(name, 'BASE_TYPE_REQUIRED', 'This field is required')
  }

  #wrong(name: string, code: string, message: string) {
    return invalidForm(this.#at(name), code, message)
  }
}
