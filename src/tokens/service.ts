import type { Clock } from '../clock.ts'
import { newToken, type TokenId, tokenId, tokenLabel } from '../ids.ts'

export const translations = ['off', 'send', 'refuse'] as const
export const wordChecks = ['off', 'warn', 'block'] as const

/** What is done with the prompts of a token; absent: what the gateway does with everybody's. */
export interface ServicePolicy {
  /** Prompts that are not in Latin letters are translated; without a translation they are sent as written, or refused. */
  translate?: (typeof translations)[number]
  bannedWords?: (typeof wordChecks)[number]
}

/** What is kept of a token. At every moment `granted = remaining + reserved + used`. */
export interface Token {
  id: TokenId
  /** The first characters of the token, by which operators recognise it. */
  label: string
  granted: number
  remaining: number
  reserved: number
  used: number
  /** Jobs that Midjourney's moderation has refused. */
  refused: number
  /** Its row in the mode policy; classes without a row draw in `mode`. */
  class: string
  mode: string
  /** Its share of a lane in relation to other tokens. */
  weight: number
  days: number
  createdAt: number
  expiresAt: number
  services: ServicePolicy
}

export interface TokenGrant {
  /** How many uses. */
  count: number
  days: number
  class?: string
  mode?: string
  weight?: number
  services?: ServicePolicy
}

/** What the tokens need of a store; the scheduler fills it. */
export interface TokenStore {
  add(token: Token): Promise<void>
  find(id: TokenId): Promise<Token | null>
  all(): Promise<Token[]>
  servicePolicy(id: TokenId): Promise<ServicePolicy>
  /** False when there is no such token. */
  setServicePolicy(id: TokenId, policy: ServicePolicy): Promise<boolean>
  /** The mode policy: a class draws fast while it has this many uses left before charging. */
  policy(): Promise<Record<string, number>>
  setPolicy(policy: Record<string, number>): Promise<void>
}

/** Issues and looks up the callers' usage-limited tokens. Quota itself moves with the jobs, in the scheduler. */
export class TokenService {
  readonly #store: TokenStore
  readonly #clock: Clock

  constructor({ store, clock }: { store: TokenStore; clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** Issues a token and returns its text, which is kept nowhere: only its hash is. */
  async issue({
    count,
    days,
    class: tokenClass = '1',
    mode = 'fast',
    weight = 1,
    services = {},
  }: TokenGrant): Promise<string> {
    const text = newToken()
    const createdAt = this.#clock.now()
    await this.#store.add({
      id: tokenId(text),
      label: tokenLabel(text),
      granted: count,
      remaining: count,
      reserved: 0,
      used: 0,
      refused: 0,
      class: tokenClass,
      mode,
      weight,
      days,
      createdAt,
      expiresAt: createdAt + days * 24 * 3_600_000,
      services,
    })
    return text
  }

  /** The token, or null when it is unknown or has expired; one that is spent is still found. */
  async find(text: string): Promise<Token | null> {
    const token = await this.#store.find(tokenId(text))
    return token && token.expiresAt > this.#clock.now() ? token : null
  }

  /** Whether there is such a token and it has not expired. */
  async knows(id: TokenId): Promise<boolean> {
    const token = await this.#store.find(id)
    return token !== null && token.expiresAt > this.#clock.now()
  }

  servicePolicy(id: TokenId): Promise<ServicePolicy> {
    return this.#store.servicePolicy(id)
  }

  /** Replaces the token's own policy; false when there is no such token. */
  setServicePolicy(id: TokenId, policy: ServicePolicy): Promise<boolean> {
    return this.#store.setServicePolicy(id, policy)
  }

  all(): Promise<Token[]> {
    return this.#store.all()
  }
}
