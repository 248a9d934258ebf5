const one = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

/** Midjourney writes job uuids in lower case; compared in that form. */
export const firstUuid = (text: string): string | null => text.match(one)?.[0].toLowerCase() ?? null
export const lastUuid = (text: string): string | null => text.match(one)?.at(-1)?.toLowerCase() ?? null
