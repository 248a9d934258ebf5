import type { JobState } from './job.ts'

/**
 * The life of a job. An account takes it out of a queue (`assigned`: it now holds a slot), writes down the nonce
 * (`sending`), posts the interaction, and learns that Discord took it (`sent`), refused it, or cannot say
 * (`unconfirmed`: looked up in the channel before anything is sent again). The bot's first message makes it `running`.
 * A dialog that nobody has answered makes it wait without a slot (`needs-input`); the answer queues it again. Until Discord has taken it, it may go back to the queue. Whatever happens, one terminal state ends it.
 *
 * The table is the whole truth: an event that does not start from the job's present state changes nothing, which is what
 * makes late, repeated and reordered messages harmless. The scheduler applies the same table atomically.
 */
export const transitions = {
  'job-assigned': { from: ['queued'], to: 'assigned' },
  'send-started': { from: ['assigned'], to: 'sending' },
  /** A dialog that the bot has opened is answered: posted like the click that opened it. */
  'reply-started': { from: ['sent', 'unconfirmed', 'running'], to: 'sending' },
  'send-accepted': { from: ['sending', 'unconfirmed'], to: 'sent' },
  'send-unconfirmed': { from: ['sending'], to: 'unconfirmed' },
  /** The last attempt surely drew nothing: the job keeps its slot and is sent again. */
  'send-postponed': { from: ['sending', 'unconfirmed', 'sent', 'running'], to: 'assigned' },
  /** From `assigned` too: a job that is to be sent again may show signs of an earlier attempt after all. */
  'progress-reported': { from: ['assigned', 'sending', 'unconfirmed', 'sent', 'running'], to: 'running' },
  /** Something was learnt (an id, a notice) that does not move the job. */
  'ids-learnt': { from: ['assigned', 'sending', 'unconfirmed', 'sent', 'running'], to: 'same' },
  'unsent-returned': { from: ['assigned'], to: 'queued' },
  'job-returned': { from: ['assigned', 'sending', 'unconfirmed', 'sent', 'running'], to: 'queued' },
  /** Somebody must answer a dialog: the slot is free meanwhile. */
  'input-needed': { from: ['assigned', 'sending', 'unconfirmed', 'sent', 'running'], to: 'needs-input' },
  'input-given': { from: ['needs-input'], to: 'queued' },
  'job-finished': { from: ['assigned', 'sending', 'unconfirmed', 'sent', 'running'], to: 'done' },
  'job-failed': {
    from: ['queued', 'assigned', 'sending', 'unconfirmed', 'sent', 'running', 'needs-input'],
    to: 'failed',
  },
  /** What Discord has not seen is cancelled at once. */
  'job-cancelled': { from: ['queued', 'assigned', 'needs-input'], to: 'cancelled' },
  /** The bot has stopped a job that was under way. */
  'job-stopped': { from: ['assigned', 'sending', 'unconfirmed', 'sent', 'running'], to: 'cancelled' },
  /** The caller has said that the batch is meant: its children are queued. */
  'batch-made': { from: ['needs-input'], to: 'done' },
} as const satisfies Record<string, { from: readonly JobState[]; to: JobState | 'same' }>

export type JobEventName = keyof typeof transitions

/** The state that `event` leads to, or null when it changes nothing because it comes late, twice or too early. */
export function nextState(state: JobState, event: JobEventName): JobState | null {
  const { from, to } = transitions[event]
  if (!(from as readonly JobState[]).includes(state)) return null
  return to === 'same' ? state : to
}
