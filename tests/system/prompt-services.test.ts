import { expect, test } from 'vitest'
import { startSimulator } from '../../src/simulator/simulator.ts'
import { startGateway } from '../helpers/gateway.ts'
import { nativeClient } from '../helpers/native-client.ts'
import { startOwnRedis } from '../helpers/redis.ts'
import { dumpRedis } from '../helpers/redis-dump.ts'
import { baiduAccount, openAiKey, startBaidu, startChat } from '../helpers/translators.ts'

for (const kind of ['baidu', 'openai'] as const) {
  test(`the bot is sent what ${kind} makes of a prompt, and nothing else of it changes`, async (t) => {
    const sim = await startSimulator({ accounts: 1, speed: 40, seed: 3, pictureSize: 'tiny' })
    t.onTestFinished(() => sim.close())
    const lines: string[] = []
    const server = kind === 'baidu' ? await startBaidu(t) : await startChat(t)
    const redis = await startOwnRedis({ t })
    const { url } = await startGateway(t, {
      sim,
      redisUrl: redis.url,
      env:
        kind === 'baidu'
          ? {
              TRANSLATOR: kind,
              BAIDU_URL: server.url,
              BAIDU_APP_ID: baiduAccount.appId,
              BAIDU_SECRET: baiduAccount.secret,
            }
          : { TRANSLATOR: kind, OPENAI_BASE_URL: server.url, OPENAI_API_KEY: openAiKey },
      onLogLine: (line) => lines.push(line),
    })
    const client = await nativeClient(url)
    await client.ready(1)
    const prompt = 'https://a.example/狐狸.png 一只狐狸 在雪地里 --ar 3:2 --no 文字 --v 7'
    const { id } = await client.submit({ kind: 'imagine', prompt })
    const done = await client.done(id)
    const sent = 'https://a.example/狐狸.png [一只狐狸 在雪地里] --ar 3:2 --no text --v 7'
    expect(sim.truth.jobs().map((job) => job.prompt)).toEqual([sent])
    expect(done).toMatchObject({ prompt: sent, originalPrompt: prompt })

    server.desk.mood = 'fails'
    const asItIs = await client.done((await client.submit({ kind: 'imagine', prompt: '一只鹤' })).id)
    expect(asItIs).toMatchObject({ prompt: '一只鹤', originalPrompt: null })
    expect(lines.some((line) => line.includes('prompt not translated'))).toBe(true)
    const everything = [...lines, await dumpRedis(redis.url), JSON.stringify(done)].join('\n')
    for (const secret of [baiduAccount.secret, openAiKey]) expect(everything).not.toContain(secret)
  })
}
