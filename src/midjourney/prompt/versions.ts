/** Which versions have a parameter; niji's numbers go along with those of Midjourney. */
export interface Period {
  /** The first version that has it. */
  since?: number
  /** The first version that no longer has it. */
  before?: number
  /** What took its place. */
  instead?: string
}

/** Only what the public pages agree on; a parameter that is not here passes with every version. */
export const periods: ReadonlyMap<string, Period> = new Map<string, Period>([
  ['weird', { since: 5 }],
  ['raw', { since: 5 }],
  ['cref', { since: 6, before: 7, instead: '--oref' }],
  ['cw', { since: 6, before: 7, instead: '--ow' }],
  ['sref', { since: 5 }],
  ['sw', { since: 5 }],
  ['sv', { since: 6 }],
  ['personalize', { since: 6 }],
  ['profile', { since: 6 }],
  ['oref', { since: 7 }],
  ['ow', { since: 7 }],
  ['draft', { since: 7 }],
  ['exp', { since: 7 }],
  ['hd', { since: 8 }],
  ['sameseed', { before: 4 }],
  ['upbeta', { before: 5 }],
  ['uplight', { before: 5 }],
])
