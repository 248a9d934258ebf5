import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import type { DoneJob, Extras } from '../../../jobs/service.ts'
import type { Task } from './schema.ts'

export const family = 'submit'

/** The values of a submit, all from one place. */
export interface SubmitValues {
  action: string
  prompt: string
  taskId: string
  index: string
  state: string
  notifyHook: string
}

const names = ['action', 'prompt', 'taskId', 'index', 'state', 'notifyHook'] as const

/** All from the body when it has an action, else all from the query: never mixed. */
export function valuesIn({ body, query }: Pick<FastifyRequest, 'body' | 'query'>): SubmitValues {
  const source = textIn(body, 'action') === '' ? query : body
  return Object.fromEntries(names.map((name) => [name, textIn(source, name)])) as unknown as SubmitValues
}

/** `_id`, or `id` for those who call it that, from the body or the query. */
export function idIn({ body, query }: Pick<FastifyRequest, 'body' | 'query'>): string {
  const places: [unknown, string][] = [
    [body, '_id'],
    [query, '_id'],
    [query, 'id'],
    [body, 'id'],
  ]
  return places.map(([place, name]) => textIn(place, name)).find((text) => text !== '') ?? ''
}

/** What is kept with the job: its id as this family's clients know it, and what they sent. */
export function extrasFor({ action, index, taskId, state, notifyHook }: SubmitValues): Extras {
  return {
    about: {
      family,
      alias: randomUUID(),
      ...(state === '' ? {} : { state }),
      notes: { action, ...(index === '' ? {} : { index }), ...(taskId === '' ? {} : { taskId }) },
    },
    ...(notifyHook === '' ? {} : { callback: { url: notifyHook, shape: family, events: ends, only: true } }),
  }
}

/** What is drawn from another task's picture shows that task's prompts. */
export const withPrompts = (
  extras: Extras,
  { prompt, promptEn }: Pick<Task, 'prompt' | 'promptEn'>,
): Extras => ({
  ...extras,
  ...(extras.about && {
    about: { ...extras.about, notes: { ...extras.about.notes, prompt, promptEn } },
  }),
})

/** This family tells the end of a task, and nothing before. */
const ends = ['job.finished', 'job.failed', 'job.cancelled']

/** The button of the parent's that is meant. */
export function buttonFor({ action, index }: SubmitValues, { result }: DoneJob): string {
  if (!/^[1-4]$/.test(index)) throw new DrawbridgeError('invalid-request', 'index is a number from 1 to 4.')
  const kind = action === 'UPSCALE' ? 'upsample' : 'variation'
  const wanted = `::${kind}::${index}::`
  const found = result.buttons.flat().find(({ customId }) => customId.includes(wanted))
  if (!found) throw new DrawbridgeError('button-unknown')
  return found.customId
}

/** A value as text; only strings and numbers can be meant. */
function textIn(source: unknown, name: string): string {
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name)) return ''
  const value = (source as Record<string, unknown>)[name]
  return typeof value === 'string' || Number.isFinite(value) ? String(value) : ''
}
