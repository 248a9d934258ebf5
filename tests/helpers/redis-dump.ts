import { Redis } from 'ioredis'

/** Reads whatever a key holds as plain values; RDB's own DUMP would hide text from a search by compressing it. */
const readers: Record<string, (redis: Redis, key: string) => Promise<unknown>> = {
  string: (redis, key) => redis.get(key),
  hash: (redis, key) => redis.hgetall(key),
  list: (redis, key) => redis.lrange(key, 0, -1),
  set: (redis, key) => redis.smembers(key),
  zset: (redis, key) => redis.zrange(key, '0', '-1', 'WITHSCORES'),
  stream: (redis, key) => redis.xrange(key, '-', '+'),
}

/** Every key of the server with its whole value: one line each, `key type json`. */
export async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url)
  try {
    const lines: string[] = []
    for await (const batch of redis.scanStream({ count: 1000 })) {
      for (const key of batch as string[]) lines.push(await line(redis, key))
    }
    return [...new Set(lines)].sort().join('\n')
  } finally {
    redis.disconnect()
  }
}

async function line(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key)
  return `${key} ${type} ${JSON.stringify(await readers[type]?.(redis, key))}`
}
