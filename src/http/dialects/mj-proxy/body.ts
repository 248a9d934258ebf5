/** What callers send: nothing is taken for granted, and what is not known is left alone. */
export type Body = Record<string, unknown>

export const bodyOf = (body: unknown): Body =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Body) : {}

export function textIn(body: Body, name: string): string {
  const value = body[name]
  return typeof value === 'string' || Number.isFinite(value) ? String(value).trim() : ''
}

/** The texts and numbers of a list; whatever else is in it cannot be meant. */
export const textsIn = (body: Body, name: string): string[] =>
  listIn(body, name).flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value)] : [],
  )

export const listIn = (body: Body, name: string): unknown[] => {
  const value = body[name]
  return Array.isArray(value) ? value : []
}
