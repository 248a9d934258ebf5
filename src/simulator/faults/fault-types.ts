/** What can go wrong by chance: each a probability from 0 to 1, drawn from the seed. */
export interface FaultSettings {
  /** After a message event, the account's sockets are cut. */
  dropRate: number
  /** Of those cuts, the share whose session is forgotten too, so that RESUME gets INVALID_SESSION. */
  dropInvalidShare: number
  /** A message event is sent twice. */
  duplicateRate: number
  /** A message event comes `delayMs` (simulated) late. */
  delayRate: number
  delayMs: number
  /** A message event changes places with the next one of the same account. */
  reorderRate: number
  /** A message event is not sent to live sockets; the history has it. */
  loseRate: number
  /** An accepted interaction is followed by nothing. */
  silentRate: number
  /** An accepted interaction is followed by INTERACTION_FAILURE and no job. */
  failureRate: number
  /** An accepted interaction is followed by INTERACTION_FAILURE, and later by the job all the same. */
  failureThenJobRate: number
  /** POST /interactions answers so, and is not executed. */
  rateLimitRate: number
  htmlRateLimitRate: number
  serverErrorRate: number
  htmlErrorRate: number
  /** POST /interactions is never answered; half of those are executed. */
  hangRate: number
  /** The interaction is executed, but the answer is a 502 page. */
  executedErrorRate: number
  /** The CDN answers 503 for a file. */
  fileErrorRate: number
  /** Seconds told by 429 answers. */
  retryAfterSeconds: number
}

export const noFaults: FaultSettings = {
  dropRate: 0,
  dropInvalidShare: 0,
  duplicateRate: 0,
  delayRate: 0,
  delayMs: 2_000,
  reorderRate: 0,
  loseRate: 0,
  silentRate: 0,
  failureRate: 0,
  failureThenJobRate: 0,
  rateLimitRate: 0,
  htmlRateLimitRate: 0,
  serverErrorRate: 0,
  htmlErrorRate: 0,
  hangRate: 0,
  executedErrorRate: 0,
  fileErrorRate: 0,
  retryAfterSeconds: 1,
}

/** How REST may answer instead of doing its work (protocol page §3.5, §3.6). `hang` never answers. */
export type RestAnswer =
  | 'rate-limit'
  | 'rate-limit-html'
  | 'not-ready'
  | 'unauthorized'
  | 'missing-access'
  | 'verify-account'
  | 'server-error'
  | 'bad-gateway-html'
  | 'captcha'
  | 'hang'

/** How bad news arrives (§5): answer with the nonce, reply to a message, edit of the progress message, ephemeral message. */
export type Delivery = 'create' | 'reply' | 'update' | 'ephemeral'

/** A fault that happens once, to the next thing it fits. */
export type OneShotFault =
  /** The next REST request on the route. `executed` lets an interaction take effect although the answer says otherwise. */
  | { kind: 'rest'; answer: RestAnswer; route?: string; executed?: boolean; retryAfterSeconds?: number }
  /** The next interaction that the bot receives. */
  | { kind: 'bot'; does: 'silent' | 'failure' | 'failure-then-job'; delayMs?: number }
  /** The next job: its progress message goes and no final comes, or it ends as `(Stopped)`. */
  | { kind: 'job'; does: 'vanish' | 'stop'; atPercent?: number }
  /**
   * The next job gets bad news; the name is a key of `badNews`. `atPercent` lets the job start first. With `command` it is for that
   * slash command alone, which need not draw; with `holds` it is said again until its button is pressed.
   */
  | {
      kind: 'bad-news'
      news: string
      delivery?: Delivery
      atPercent?: number
      retryAfterMs?: number
      command?: string
      holds?: boolean
    }
  /** The next message event of that sort. */
  | {
      kind: 'message'
      does: 'lose' | 'duplicate' | 'delay' | 'reorder'
      event?: MessageEvent
      delayMs?: number
    }
  /** Cut the account's sockets when the next message event of that sort has been sent. */
  | { kind: 'drop'; invalidSession?: boolean; event?: MessageEvent }
  /** READY of the next IDENTIFY asks for something that only a person can do (§2.4). */
  | { kind: 'required-action'; action: string }

/** A fault that meets every n-th job of an account, counted from its first. */
export interface EveryJob {
  fault: Targeted<OneShotFault>
  everyJobs: number
  /** The first job that it meets. Default: the n-th. */
  fromJob?: number
}

export type MessageEvent = 'waiting' | 'progress' | 'final' | 'delete' | 'any'

/** Which account a fault is for: its place in the list, its channel id, user id or token; left out: any. */
export type AccountKey = number | string
export type Targeted<T> = T & { account?: AccountKey; times?: number }
