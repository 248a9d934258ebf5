/**
 * The two bots that an account talks to. Application id and bot user id are the same; authors are told by id, never by
 * name (protocol page §1).
 */
export const bots = {
  midjourney: { applicationId: '936929561302675456' },
  niji: { applicationId: '1022952195194359889' },
} as const

export type BotName = keyof typeof bots

const namesById = new Map<unknown, BotName>([
  [bots.midjourney.applicationId, 'midjourney'],
  [bots.niji.applicationId, 'niji'],
])

/** Which of the two bots has this user or application id. */
export const botName = (id: unknown): BotName | null => namesById.get(id) ?? null

export const isBot = (id: unknown): boolean => namesById.has(id)
