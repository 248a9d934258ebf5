/** Readers for what comes from outside: each gives the value when it has the expected type, else nothing. */

export type UnknownRecord = Readonly<Record<string, unknown>>

export function asRecord(value: unknown): UnknownRecord | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as UnknownRecord)
    : null
}

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null)

export const asNumber = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

/** The elements of a list that are objects. */
export const asRecords = (value: unknown): UnknownRecord[] =>
  asList(value)
    .map(asRecord)
    .filter((item) => item !== null)
