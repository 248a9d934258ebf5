/** What a piece of bad news does to the account. */
export interface AccountEffect {
  /**
   * `cool`: no submits until the time that the message names; `exhausted`: no fast hours left; `pause`: no submits for a
   * while; `trouble`: an error that counts; `attention`: stop and call a person; `dead`: no use until somebody changes something at Midjourney.
   */
  effect: 'none' | 'cool' | 'exhausted' | 'pause' | 'trouble' | 'attention' | 'dead'
  /** Instead of `cool`, when the message names no time. */
  otherwise?: 'pause' | 'attention' | 'dead'
  /** What it tells of the bot's queue for this account. */
  queue?: 'queued' | 'full'
}

/** For the caller of the job, should the job fail by it. */
export type NewsCode =
  | 'job-queued'
  | 'queue-full'
  | 'invalid-parameter'
  | 'invalid-link'
  | 'invalid-prompt'
  | 'duplicate-images'
  | 'action-restricted'
  | 'banned-prompt'
  | 'moderated'
  | 'upstream-failed'
  | 'job-unknown-upstream'
  | 'account-cooling'
  | 'account-blocked'
  | 'account-attention'
  | 'account-exhausted'
  | 'account-subscription'

/** What a message of protocol page §5 means. */
export interface Meaning {
  code: NewsCode
  about: 'job' | 'account' | 'both' | 'none'
  /** `wait`: it is no error, the answer is still to come. `requeue`: it surely was not drawn. */
  job: 'fail' | 'requeue' | 'retry-once' | 'wait' | 'none'
  account: AccountEffect
}

/** How it is recognised: all conditions that are named must hold. */
export interface Recognised {
  /** Of the embed's title, or of the first line of a text without embed. */
  title?: RegExp
  /** Of the description, or of the whole text. */
  text?: RegExp
  footer?: RegExp
  /** The command that it answers. */
  command?: string
}

/** A row of protocol page §5. Rows that share a key are two ways of saying the same. */
export interface NewsRow extends Meaning, Recognised {
  key: string
}

const nothing: AccountEffect = { effect: 'none' }
const fails = (code: NewsCode): Meaning => ({ code, about: 'job', job: 'fail', account: nothing })
const moves = (code: NewsCode, account: AccountEffect): Meaning => {
  return { code, about: 'account', job: 'requeue', account }
}
const passing: Meaning = { code: 'upstream-failed', about: 'job', job: 'retry-once', account: nothing }
const queued: Meaning = {
  code: 'job-queued',
  about: 'job',
  job: 'wait',
  account: { effect: 'none', queue: 'queued' },
}
const full = moves('queue-full', { effect: 'none', queue: 'full' })
const person = moves('account-attention', { effect: 'attention' })
const moderator: Meaning = {
  code: 'moderated',
  about: 'both',
  job: 'fail',
  account: { effect: 'attention' },
}
const slowDown = moves('account-cooling', { effect: 'cool', otherwise: 'pause' })
const blocked = moves('account-blocked', { effect: 'cool', otherwise: 'dead' })
const exhausted = moves('account-exhausted', { effect: 'exhausted' })
const unpaid = moves('account-subscription', { effect: 'dead' })

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

/**
 * Protocol page §5; the first row that fits counts. Titles stand before texts, because a description may quote the prompt,
 * and begin where the sources agree on them, so that an unforeseen title stays unknown.
 */
export const newsRows: readonly NewsRow[] = [
  row('job-queued', { title: /^Job queued\b/i }, queued),
  row('queue-full', { title: /^Queue full\b/i }, full),

  row('invalid-parameter', { title: /^Invalid parameters?\b/i }, fails('invalid-parameter')),
  row('invalid-link', { title: /^Invalid link\b/i }, fails('invalid-link')),
  row(
    'invalid-prompt',
    { title: /^(?:Invalid (?:prompt|request)|Empty prompt)\b/i },
    fails('invalid-prompt'),
  ),
  row('duplicate-images', { title: /^Duplicate images? detected\b/i }, fails('duplicate-images')),
  row('action-restricted', { title: /^Job action restricted\b/i }, fails('action-restricted')),

  row('banned-prompt', { title: /^Banned (?:image )?prompt\b/i }, fails('banned-prompt')),
  row('ai-moderators', { title: /\bAI moderators? (?:feel|think|believe)\b/i }, moderator),
  row('ai-moderators', { title: /^Action needed to continue\b/i }, moderator),
  row('image-denied', { title: /^Image (?:denied|blocked)\b/i }, fails('moderated')),
  row('image-denied', { title: /\b(?:output|image) filters?\b/i }, fails('moderated')),
  // Whatever the title: a footer that begins like this is a refusal by the moderation.
  row('declined', { footer: /^decline/i }, fails('moderated')),

  row('something-went-wrong', { title: /^Sorry, something went wrong\b/i }, passing),
  row('something-went-wrong', { title: /^The job encountered an error\b/i }, passing),
  row('could-not-complete', { title: /^Sorry! Could not complete the job\b/i }, passing),
  row('internal-error', { title: /^Internal (?:server )?error\b|^Crash\b/i }, passing),

  row('slow-down', { title: /^Slow Down\b/i }, slowDown),
  row('blocked', { title: /^Blocked\b/i }, blocked),
  row('pending-mod-message', { title: /^Pending mod message\b/i }, person),
  row('action-required', { title: /^Action required to continue\b/i }, person),
  row('action-required', { title: /\bverify (?:that )?you['’ ]a?re (?:a )?human\b/i }, person),
  row('action-required', { title: /^Please complete the task\b/i }, person),
  row('credits-exhausted', { title: /^Credits exhausted\b/i }, exhausted),
  row('subscription', { title: /^Subscription (?:required|paused)\b|^Plan cancell?ed\b/i }, unpaid),
  row('subscription', { title: /^(?:Billing|Payment)\b/i }, unpaid),
  row('terms-not-accepted', { title: /^ToS not accepted\b/i }, person),

  row('blocked', { text: /\bblocked from accessing Midjourney\b/i }, blocked),
  row('action-required', { text: /\bverify (?:that )?you['’ ]a?re (?:a )?human\b/i }, person),
  row('action-required', { text: /\bPlease complete the task\b/i }, person),
  row('credits-exhausted', { text: /\brun out of (?:fast )?hours\b/i }, exhausted),
  row('ai-moderators', { text: /\bOur AI moderators? (?:feel|think|believe)\b/i }, moderator),
  row('invalid-parameter', { text: /\bUnrecognized parameter(?:\(s\)|s)?/i }, fails('invalid-parameter')),
  row('queue-full', { text: /\bYour job queue is full\b/i }, full),
  row('image-denied', { text: /\bdue to (?:output|image) filters\b/i }, fails('moderated')),
  row('command-failed', { text: /\bFailed to process your command\b/i }, passing),
  row('something-went-wrong', { text: /\bThe job encountered an error\b/i }, passing),
  row('something-went-wrong', { text: /^(?:Sorry, |Apologies, )?something went wrong\b/i }, passing),
  row('could-not-complete', { text: /^Sorry! Could not complete the job\b/i }, passing),

  // /show answers with words only when it does not know the job, which it names.
  row('show-unknown-job', { command: 'show', title: uuid }, fails('job-unknown-upstream')),
  row('show-unknown-job', { command: 'show', text: uuid }, fails('job-unknown-upstream')),
]

/**
 * An unknown title in red ends the job with the bot's own words; several in a row are trouble of the account's (protocol
 * page §5).
 */
export const unknownRed: NewsRow = row(
  'unknown-red',
  {},
  { code: 'upstream-failed', about: 'both', job: 'fail', account: { effect: 'trouble' } },
)

function row(key: string, recognised: Recognised, meaning: Meaning): NewsRow {
  return { key, ...recognised, ...meaning }
}
