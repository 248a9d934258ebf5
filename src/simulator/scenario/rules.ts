/** Says what is wrong with a value at a path, as `script[0].atMs must be a number`; null when nothing is. */
export type Rule = (value: unknown, path: string) => string | null

const must =
  (fits: (value: unknown) => boolean, what: string): Rule =>
  (value, path) =>
    fits(value) ? null : `${path} must be ${what}`

export const text = must((value) => typeof value === 'string', 'a text')
export const flag = must((value) => typeof value === 'boolean', 'true or false')
export const number = must(isNumber, 'a number of 0 or more')
export const share = must((value) => isNumber(value) && value <= 1, 'a number from 0 to 1')
export const whole = must(
  (value) => isNumber(value) && Number.isInteger(value),
  'a whole number of 0 or more',
)
export const natural = must(
  (value) => isNumber(value) && Number.isInteger(value) && value >= 1,
  'a whole number of 1 or more',
)

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

export const oneOf = (...allowed: readonly string[]): Rule =>
  must((value) => typeof value === 'string' && allowed.includes(value), `one of ${allowed.join(', ')}`)

export const nullOr =
  (rule: Rule): Rule =>
  (value, path) =>
    value === null ? null : rule(value, path)

export const list =
  (rule: Rule): Rule =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`
    return first(value.map((item, at) => () => rule(item, `${path}[${at}]`)))
  }

/** A number or a list; anything that two rules may judge, by what it is. */
export const listOr =
  (item: Rule, other: Rule): Rule =>
  (value, path) =>
    Array.isArray(value) ? list(item)(value, path) : other(value, path)

export type Fields = Readonly<Record<string, Rule>>

/** An object with no other fields than these; `required` must be there. */
export const object =
  (fields: Fields, required: readonly string[] = []): Rule =>
  (value, path) => {
    if (!isObject(value)) return path === '' ? 'expected an object' : `${path} must be an object`
    const at = (key: string) => (path === '' ? key : `${path}.${key}`)
    const odd = Object.keys(value).find((key) => !Object.hasOwn(fields, key))
    if (odd !== undefined) return `${at(odd)} is not one of ${Object.keys(fields).join(', ')}`
    const missing = required.find((key) => value[key] === undefined)
    if (missing !== undefined) return `${at(missing)} is missing`
    return first(
      Object.entries(fields).map(([key, rule]) => () => {
        const field = value[key]
        return field === undefined ? null : rule(field, at(key))
      }),
    )
  }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The first complaint of several. */
export function first(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const complaint = check()
    if (complaint !== null) return complaint
  }
  return null
}
