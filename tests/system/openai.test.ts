import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { caller } from '../helpers/caller.ts'
import { startGateway } from '../helpers/gateway.ts'

test('draws for the OpenAI client, with bytes fetched from the CDN by the account', async (t) => {
  const sim = await startSimulator({ accounts: 1, speed: 60, pictureSize: 'tiny' })
  t.onTestFinished(() => sim.close())
  const { url } = await startGateway(t, { sim, settings: { accounts: { minIntervalMs: 20 } } })
  const client = new OpenAI({ apiKey: await caller(url).token(100), baseURL: `${url}/v1`, maxRetries: 0 })

  const { data } = await client.images.generate({ prompt: 'red fox', n: 2, response_format: 'b64_json' })
  const shown = (data ?? []).map(({ b64_json = '' }) => Buffer.from(b64_json, 'base64'))
  expect(shown).toHaveLength(2)
  for (const bytes of shown) expect((await sharp(bytes).metadata()).format).toBe('png')

  const image = await toFile(shown[0] as Buffer, 'fox.png')
  const varied = await client.images.createVariation({ image })
  const file = await fetch(varied.data?.[0]?.url ?? '')
  expect({ status: file.status, type: file.headers.get('content-type') }).toEqual({
    status: 200,
    type: 'image/png',
  })

  const stream = await client.images.generate({ prompt: 'owl', stream: true, partial_images: 2 })
  const types: string[] = []
  for await (const { type } of stream) types.push(type)
  expect(types.at(-1)).toBe('image_generation.completed')
  expect(types.filter((type) => type === 'image_generation.partial_image').length).toBeLessThanOrEqual(2)
  expect(sim.truth.jobs().filter(({ kind }) => kind === 'imagine')).toHaveLength(3)
})
