import fc, { type Arbitrary } from 'fast-check'
import type { Schema } from './operations.ts'
import { anything, names, text, wellFormed } from './texts.ts'

/** What a caller may know: values by the name of their field, and the headers that say who asks. */
export interface Knowledge {
  byName: Record<string, string[]>
  /** Each with a token or key that is right or wrong. */
  credentials: Record<string, string>[]
  /** Those that nothing can be paid with. */
  strangers: Record<string, string>[]
}

export const maybe = <T, U>(weight: number, usual: Arbitrary<T>, other: Arbitrary<U>): Arbitrary<T | U> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other })

/** A word that stands in this field, and now and then another text. */
export const someText = (name: string, knowledge: Knowledge): Arbitrary<string> =>
  maybe(6, wordFor(name, knowledge), text)

export const wordFor = (name: string, { byName }: Knowledge): Arbitrary<string> =>
  fc.constantFrom(...((Object.hasOwn(byName, name) && byName[name]) || Object.values(byName).flat()))

/** A value as the schema wants it, with here and there something else in its place. */
export function someValue(schema: Schema, knowledge: Knowledge, name = ''): Arbitrary<unknown> {
  return maybe(15, rightValue(schema, knowledge, name), anything)
}

function rightValue(schema: Schema, knowledge: Knowledge, name: string): Arbitrary<unknown> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => someValue(one, knowledge, name)))
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'string':
      return someText(name, knowledge)
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -1, max: Math.min(schema.maximum ?? 5, 1000) })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(someValue(schema.items ?? {}, knowledge, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 5),
      })
    case 'object':
      return objectOf(schema, knowledge)
    default:
      return anything
  }
}

function objectOf({ properties = {}, required = [] }: Schema, knowledge: Knowledge): Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = someValue(schema, knowledge, name).map((one) => [name, one])
    return maybe(required.includes(name) ? 25 : 1, value, fc.constant(null))
  })
  const extra = fc.tuple(fc.constantFrom(...names), anything)
  return fc
    .tuple(...fields, maybe(12, fc.constant(null), extra))
    .map((pairs) => Object.fromEntries(pairs.filter((pair) => pair !== null)))
}

/** A value as it stands in an address or a form. */
export const asText = (value: unknown): string =>
  wellFormed(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
