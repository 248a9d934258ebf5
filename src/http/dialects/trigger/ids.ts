import { randomInt } from 'node:crypto'

/**
 * Ids of this family are numbers in JSON and must survive JavaScript: all stay below 2^53. A trigger has ten digits; the
 * message that ends one of its jobs has the trigger's digits and six more, all zero for the first job, so that either
 * leads to the other.
 */
const room = 1_000_000
const mostTrigger = Math.floor(Number.MAX_SAFE_INTEGER / room) - 1

export const newTriggerId = (): string => String(randomInt(1_000_000_000, mostTrigger))

/** The message that ends the first job of a trigger. */
export const firstMessageOf = (trigger: string): string => String(Number(trigger) * room)

/** The message that ends another job of it; even, so that the next number is free for its progress. */
export const newMessageOf = (trigger: string): string =>
  String(Number(trigger) * room + 2 * randomInt(1, room / 2 - 1))

/** Progress is told of another message than the end. */
export const progressMessageOf = (message: string): number => Number(message) + 1

export const isTrigger = (text: string): boolean => /^\d{1,10}$/.test(text) && Number(text) <= mostTrigger
export const isMessage = (text: string): boolean =>
  /^\d{7,16}$/.test(text) && Number.isSafeInteger(Number(text))
