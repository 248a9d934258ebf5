/** Something that a lint has to say of a prompt. */
export interface Finding {
  /** An `error` is what Midjourney surely refuses; a `warning` is most likely not what was meant. */
  severity: 'error' | 'warning'
  code:
    | 'no-text'
    | 'lone-image'
    | 'too-long'
    | 'unknown-parameter'
    | 'missing-value'
    | 'bad-value'
    | 'out-of-range'
    | 'extra-words'
    | 'odd-dashes'
    | 'twice'
    | 'contradiction'
    | 'other-version'
    | 'link-out-of-place'
    | 'too-many-jobs'
  /** A sentence for whoever wrote the prompt. */
  message: string
  /** Where in the prompt. */
  at: number
  /** What was probably meant. */
  suggestion?: string
}
