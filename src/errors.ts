/**
 * The error catalogue. A code is a promise to callers; its sentence is not. `status` is the HTTP status that fits it
 * where a family prescribes none; `retry` says whether the same request may work later.
 */
export const errorCatalogue = {
  'token-missing': { status: 401, retry: false, sentence: 'An API token is required.' },
  'token-unknown': { status: 401, retry: false, sentence: 'This API token is not known.' },
  'token-expired': { status: 401, retry: false, sentence: 'This API token has expired.' },
  'token-spent': { status: 402, retry: false, sentence: 'This API token has no uses left.' },
  'admin-key-required': { status: 403, retry: false, sentence: 'This needs the admin key.' },
  'invalid-request': { status: 400, retry: false, sentence: 'The request is not valid.' },
  'path-unknown': { status: 404, retry: false, sentence: 'There is nothing at this address.' },
  'internal-error': { status: 500, retry: true, sentence: 'Something went wrong on our side.' },
  'prompt-missing': { status: 400, retry: false, sentence: 'A prompt is required.' },
  'prompt-too-long': { status: 400, retry: false, sentence: 'The prompt is longer than Discord accepts.' },
  'job-unknown': { status: 404, retry: false, sentence: 'There is no such job.' },
  'message-unknown': { status: 404, retry: false, sentence: 'No job of ours has this picture.' },
  'button-unknown': { status: 400, retry: false, sentence: 'This picture has no such button.' },
  'dialog-unknown': { status: 409, retry: false, sentence: 'This job asks nothing.' },
  'answer-incomplete': { status: 400, retry: false, sentence: 'The answer does not fit what is asked.' },
  'answer-timeout': { status: 408, retry: false, sentence: 'Nobody answered what the job asked in time.' },
  'job-ended': { status: 409, retry: false, sentence: 'The job has ended.' },
  'not-stoppable': { status: 409, retry: true, sentence: 'The bot offers no way to stop this job yet.' },
  cancelled: { status: 409, retry: false, sentence: 'The job was cancelled.' },
  'pictures-invalid': { status: 400, retry: false, sentence: 'The pictures do not fit this command.' },
  'account-unknown': { status: 404, retry: false, sentence: 'There is no such account.' },
  'lane-empty': { status: 503, retry: true, sentence: 'No account of the pool draws in this mode.' },
  'queue-full': { status: 429, retry: true, sentence: 'Too many jobs are waiting.' },
  'idempotency-conflict': {
    status: 409,
    retry: false,
    sentence: 'The idempotency key was used for another request.',
  },
  'alias-taken': { status: 409, retry: true, sentence: 'Another job has this id.' },
  'queue-timeout': { status: 504, retry: true, sentence: 'No account was free in time.' },
  'job-timeout': { status: 504, retry: true, sentence: 'The bot did not finish in time.' },
  'job-ambiguous': {
    status: 502,
    retry: true,
    sentence: 'The result could not be told apart from another one, so it was not handed out.',
  },
  moderated: { status: 422, retry: false, sentence: 'Midjourney removed the picture.' },
  stopped: { status: 409, retry: false, sentence: 'The job was stopped on Discord.' },
  'upstream-refused': { status: 502, retry: false, sentence: 'Discord refused the request.' },
  'upstream-failed': { status: 502, retry: true, sentence: 'Midjourney reported an error.' },
  'account-lost': {
    status: 503,
    retry: true,
    sentence: 'The account that owns this picture is not available.',
  },
  'invalid-parameter': {
    status: 400,
    retry: false,
    sentence: 'Midjourney does not know a parameter of the prompt.',
  },
  'invalid-link': { status: 400, retry: false, sentence: 'Midjourney cannot fetch a link of the prompt.' },
  'invalid-prompt': { status: 400, retry: false, sentence: 'Midjourney does not accept the prompt.' },
  'banned-word': { status: 422, retry: false, sentence: 'The prompt holds a word that is banned here.' },
  'translation-failed': { status: 502, retry: true, sentence: 'The prompt could not be translated.' },
  'banned-prompt': { status: 422, retry: false, sentence: 'Midjourney bans a word of the prompt.' },
  'duplicate-images': { status: 400, retry: false, sentence: 'The same picture was given twice.' },
  'action-restricted': { status: 403, retry: false, sentence: 'Midjourney does not allow this action here.' },
  'job-unknown-upstream': { status: 404, retry: false, sentence: 'Midjourney does not know this job.' },
  'job-queued': { status: 202, retry: false, sentence: 'Midjourney has put the job in its own queue.' },
  'account-attention': { status: 503, retry: true, sentence: 'The account waits for its owner.' },
  'account-blocked': { status: 503, retry: true, sentence: 'Midjourney has blocked the account.' },
  'account-cooling': { status: 503, retry: true, sentence: 'Midjourney asked the account to slow down.' },
  'account-exhausted': { status: 503, retry: true, sentence: 'The account has no fast hours left.' },
  'account-subscription': { status: 503, retry: true, sentence: 'The account has no active subscription.' },
  'not-attachable': { status: 409, retry: false, sentence: 'The picture cannot be given to this job.' },
  'command-timeout': { status: 504, retry: true, sentence: 'The bot did not answer in time.' },
  'image-unknown': { status: 404, retry: false, sentence: 'There is no such picture.' },
  'image-gone': { status: 410, retry: false, sentence: 'The picture was removed.' },
  'image-late': { status: 503, retry: true, sentence: 'The picture has not been copied yet.' },
  'link-refused': {
    status: 403,
    retry: false,
    sentence: 'The link is not signed, not ours, or has expired.',
  },
} as const satisfies Record<string, { status: number; retry: boolean; sentence: string }>

export type ErrorCode = keyof typeof errorCatalogue

/** The text as a code of the catalogue, or `fallback` when it is none. */
export const asErrorCode = (text: string, fallback: ErrorCode): ErrorCode =>
  text in errorCatalogue ? (text as ErrorCode) : fallback

interface DrawbridgeErrorOptions extends ErrorOptions {
  /** What the error is about, by itself: the banned word. */
  subject?: string
}

/** An expected failure with a code of the catalogue; `detail` adds what the sentence cannot know. */
export class DrawbridgeError extends Error {
  override name = 'DrawbridgeError'
  readonly code: ErrorCode
  readonly subject: string | undefined

  constructor(code: ErrorCode, detail?: string, { subject, ...options }: DrawbridgeErrorOptions = {}) {
    super(detail ?? errorCatalogue[code].sentence, options)
    this.code = code
    this.subject = subject
  }

  get status(): number {
    return errorCatalogue[this.code].status
  }
}
