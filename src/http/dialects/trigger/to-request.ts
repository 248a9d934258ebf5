import type { Extras } from '../../../jobs/service.ts'
import { badParameters } from './answers.ts'

export const family = 'trigger'

type Fields = Record<string, unknown>

const fieldsOf = (body: unknown): Fields =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : {}

/** A text that has to be there; numbers are taken by their digits. */
export function needText(body: unknown, name: string): string {
  const value = fieldsOf(body)[name]
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  throw badParameters(body)
}

/** A text that may be absent or null. */
export function textIn(body: unknown, name: string): string {
  const value = fieldsOf(body)[name]
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw badParameters(body)
  return value.trim()
}

/** A whole number, also as text, of those that are known. */
export function needNumber(body: unknown, name: string, known: readonly number[]): number {
  const value = fieldsOf(body)[name]
  const number = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !known.includes(number)) throw badParameters(body)
  return number
}

/** What is kept with a job: the trigger that it belongs to, and the id of the message that will end it. */
export function extrasFor(trigger: string, message: string): Extras {
  return {
    about: { family, alias: message, notes: { trigger } },
    callback: { shape: family, events: told },
  }
}

const told = ['job.sent', 'job.progress', 'job.finished', 'job.failed', 'job.cancelled']
