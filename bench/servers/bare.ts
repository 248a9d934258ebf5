import Fastify from 'fastify'
import { Redis } from 'ioredis'

/** The yardstick of the submit benchmark: a Fastify POST route with a schema and one small EVALSHA, nothing else. */
const redis = new Redis(process.argv[2] ?? '')
redis.defineCommand('small', {
  numberOfKeys: 1,
  lua: "return redis.call('HSET', KEYS[1], 'id', ARGV[1], 'prompt', ARGV[2])",
})
const { small } = redis as unknown as { small: (key: string, id: string, prompt: string) => Promise<number> }

const app = Fastify()
let sequence = 0
app.post<{ Body: { prompt: string; token: string } }>(
  '/midjourney/imagine',
  {
    schema: {
      body: {
        type: 'object',
        required: ['prompt', 'token'],
        properties: { prompt: { type: 'string' }, token: { type: 'string' } },
      },
    },
  },
  async (request) => {
    sequence += 1
    const id = String(sequence)
    await small.call(redis, `bare:${id}`, id, request.body.prompt)
    return { prompt: request.body.prompt, id, tasks: 1, images: [] }
  },
)
process.send?.({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
