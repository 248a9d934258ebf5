import type { TokenId } from '../ids.ts'
import type { ServicePolicy, Token, TokenStore } from '../tokens/service.ts'
import type { PoolKeys } from './keys.ts'
import type { RedisClient } from './redis.ts'

/** Tokens as hashes; their counters are moved by `submit.lua` and `finish.lua` only. */
export class RedisTokenStore implements TokenStore {
  readonly #redis: RedisClient
  readonly #keys: PoolKeys

  constructor({ redis, keys }: { redis: RedisClient; keys: PoolKeys }) {
    this.#redis = redis
    this.#keys = keys
  }

  async add({ id, services, ...fields }: Token): Promise<void> {
    const hash = { ...fields, ...servicesToHash(services) }
    await this.#redis.multi().hset(this.#keys.token(id), hash).sadd(this.#keys.tokens, id).exec()
  }

  async find(id: TokenId): Promise<Token | null> {
    const hash = await this.#redis.hgetall(this.#keys.token(id))
    return hash.label === undefined ? null : tokenFromHash(id, hash)
  }

  async all(): Promise<Token[]> {
    const ids = (await this.#redis.smembers(this.#keys.tokens)) as TokenId[]
    const tokens = await Promise.all(ids.map((id) => this.find(id)))
    return tokens.flatMap((token) => token ?? []).sort((a, b) => a.createdAt - b.createdAt)
  }

  async servicePolicy(id: TokenId): Promise<ServicePolicy> {
    return servicesFrom(await this.#redis.hget(this.#keys.token(id), 'services'))
  }

  async setServicePolicy(id: TokenId, policy: ServicePolicy): Promise<boolean> {
    const key = this.#keys.token(id)
    if (!(await this.#redis.hexists(key, 'label'))) return false
    await this.#redis.hset(key, 'services', JSON.stringify(policy))
    return true
  }

  async policy(): Promise<Record<string, number>> {
    const rows = await this.#redis.hgetall(this.#keys.policy)
    return Object.fromEntries(Object.entries(rows).map(([tokenClass, from]) => [tokenClass, Number(from)]))
  }

  async setPolicy(policy: Record<string, number>): Promise<void> {
    const write = this.#redis.multi().del(this.#keys.policy)
    if (Object.keys(policy).length > 0) write.hset(this.#keys.policy, policy)
    await write.exec()
  }
}

function tokenFromHash(id: TokenId, hash: Record<string, string>): Token {
  const number = (field: string): number => Number(hash[field] ?? 0)
  return {
    id,
    label: hash.label ?? '',
    granted: number('granted'),
    remaining: number('remaining'),
    reserved: number('reserved'),
    used: number('used'),
    refused: number('refused'),
    class: hash.class ?? '',
    mode: hash.mode ?? 'fast',
    weight: number('weight'),
    days: number('days'),
    createdAt: number('createdAt'),
    expiresAt: number('expiresAt'),
    services: servicesFrom(hash.services),
  }
}

const servicesToHash = (services: ServicePolicy): Record<string, string> =>
  Object.keys(services).length > 0 ? { services: JSON.stringify(services) } : {}

const servicesFrom = (json: string | null | undefined): ServicePolicy =>
  json ? (JSON.parse(json) as ServicePolicy) : {}
