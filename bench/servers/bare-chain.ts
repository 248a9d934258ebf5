import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { Agent, request } from 'undici'

/**
 * The yardstick of the dispatch benchmark: the same hops with nothing decided on the way. HTTP in, one script that writes and
 * wakes, a blocking pop on another connection, one read, one write, HTTP out.
 */
const [redisUrl = '', target = ''] = process.argv.slice(2)
const redis = new Redis(redisUrl)
const blocking = new Redis(redisUrl)
const dispatcher = new Agent({ keepAliveTimeout: 30_000 })
redis.defineCommand('submit', {
  numberOfKeys: 2,
  lua: "redis.call('HSET', KEYS[1], 'prompt', ARGV[1]) return redis.call('LPUSH', KEYS[2], KEYS[1])",
})
const { submit } = redis as unknown as {
  submit: (job: string, inbox: string, prompt: string) => Promise<number>
}

async function dispatch(): Promise<void> {
  for (;;) {
    const popped = await blocking.blpop('chain:inbox', 0)
    const job = await redis.hgetall(popped?.[1] ?? '')
    await redis.hset(popped?.[1] ?? '', 'state', 'sending')
    const answer = await request(`${target}/interactions`, {
      method: 'POST',
      body: JSON.stringify({ prompt: job['prompt'] }),
      dispatcher,
    })
    await answer.body.dump()
  }
}

const app = Fastify()
let sequence = 0
app.post<{ Body: { prompt: string } }>('/midjourney/imagine', async (request_) => {
  sequence += 1
  await submit.call(redis, `chain:job:${sequence}`, 'chain:inbox', request_.body.prompt)
  return { id: sequence }
})
void dispatch()
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
