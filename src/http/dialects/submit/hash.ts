const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

/** The id of the picture in its address, which this family calls its hash; '' when there is none. */
export const lastUuid = (url: string): string => url.split('?')[0]?.match(uuid)?.at(-1)?.toLowerCase() ?? ''
