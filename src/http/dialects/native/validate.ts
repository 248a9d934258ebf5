import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { DrawbridgeError } from '../../../errors.ts'

interface Variant {
  properties?: Record<string, { const?: unknown; enum?: unknown[] }>
}

/**
 * Checks what callers send, to the letter: nothing is dropped in silence and nothing made into another type, but for queries and
 * paths, which can hold only text. The error names the field and what was expected.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const whole = Compile(schema)
  const inText = httpPart === 'querystring' || httpPart === 'params'
  return (given: unknown) => {
    const data = inText ? Value.Convert(schema, given) : given
    if (whole.Check(data)) return { value: data }
    return { error: new DrawbridgeError('invalid-request', objection(schema, data, httpPart)) }
  }
}

function objection(schema: TSchema, data: unknown, httpPart: string | undefined): string {
  const meant = meantBy(schema, data)
  if (typeof meant === 'string') return meant
  const [first] = Compile(meant).Errors(data)
  if (!first) return 'The request is not valid.'
  const place = first.instancePath.slice(1).replaceAll('/', '.') || httpPart || 'request'
  const { allowedValues, additionalProperties } = first.params as Record<string, unknown[] | undefined>
  if (Array.isArray(additionalProperties)) return `${place} must not have ${additionalProperties.join(', ')}`
  return `${place} ${first.message}${Array.isArray(allowedValues) ? `: ${allowedValues.join(', ')}` : ''}`
}

/** Of several shapes that differ by `kind` or `do`, the one that was meant, whose errors help; or what these may be. */
function meantBy(schema: TSchema, data: unknown): TSchema | string {
  const variants = (schema as { anyOf?: (TSchema & Variant)[] }).anyOf
  if (!variants) return schema
  const given = (data ?? {}) as Record<string, unknown>
  const name = ['kind', 'do'].find((one) => variants.every(({ properties }) => properties?.[one]))
  if (!name) return schema
  const fits = ({ properties }: Variant) => {
    const { const: only, enum: several } = properties?.[name] ?? {}
    return only === given[name] || several?.includes(given[name]) === true
  }
  const meant = variants.find(fits)
  if (meant) return meant
  const all = variants.flatMap(({ properties }) => properties?.[name]?.enum ?? [properties?.[name]?.const])
  return `${name} must be one of ${all.join(', ')}`
}
