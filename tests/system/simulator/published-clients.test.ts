import { CompressionMethod, WebSocketManager, WebSocketShardEvents } from '@discordjs/ws'
import { Midjourney } from 'midjourney'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/simulator.ts'
import { until } from '../../helpers/until.ts'

// Clients that others wrote against the real Discord: they prove that the simulator is not merely what our own client expects.

let sim: Simulator
afterEach(() => sim.close())

async function start(options: SimulatorOptions) {
  sim = await startSimulator({ pictureSize: 'tiny', ...options })
  const [account] = sim.accounts
  if (!account) throw new Error('no account')
  return account
}

describe('@discordjs/ws', () => {
  async function connect(compression: CompressionMethod | null) {
    // Half a second: a pause of a loaded machine must not look like a missed beat.
    const { token } = await start({ heartbeatIntervalMs: 500, speed: 50 })
    const information = {
      url: sim.urls.gateway,
      shards: 1,
      session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 },
    }
    const rest = { get: async () => information } as never
    const manager = new WebSocketManager({ token, intents: 0, rest, compression })
    const happened: string[] = []
    const dispatched: string[] = []
    manager.on(WebSocketShardEvents.Ready, () => happened.push('ready'))
    manager.on(WebSocketShardEvents.Resumed, () => happened.push('resumed'))
    manager.on(WebSocketShardEvents.HeartbeatComplete, () => happened.push('heartbeat'))
    manager.on(WebSocketShardEvents.Closed, (code) => happened.push(`closed ${code}`))
    manager.on(WebSocketShardEvents.Dispatch, ({ t }) => dispatched.push(t))
    await manager.connect()
    return { manager, happened, dispatched }
  }

  test.each([
    ['a zlib stream', CompressionMethod.ZlibNative],
    ['nothing', null],
  ] as const)(
    'identifies, beats, resumes after a drop, starts anew after an invalid session (compressed by %s)',
    async (_name, compression) => {
      const { manager, happened, dispatched } = await connect(compression)
      await until(() => happened.filter((what) => what === 'heartbeat').length >= 2)
      // The first beat comes at a random moment of the interval (§2.2), which may be before READY.
      expect(happened.filter((what) => what !== 'heartbeat')).toEqual(['ready'])
      expect(dispatched).toContain('READY_SUPPLEMENTAL')

      sim.dropSockets()
      await until(() => happened.includes('resumed'))
      expect(sim.truth.counters()).toMatchObject({ identifies: 1, resumes: 1, invalidSessions: 0 })

      sim.orderGateway({ send: 'reconnect' })
      await until(() => happened.filter((what) => what === 'resumed').length === 2)

      sim.dropSockets({ invalidSession: true })
      await until(() => happened.filter((what) => what === 'ready').length === 2)
      expect(sim.truth.counters()).toMatchObject({ identifies: 2, resumes: 2, invalidSessions: 1 })
      await manager.destroy()
    },
  )

  test('notices a zombie and resumes', async () => {
    const { manager, happened } = await connect(CompressionMethod.ZlibNative)
    sim.orderGateway({ send: 'stop-acks' })
    await until(() => happened.includes('resumed'))
    await manager.destroy()
  })
})

describe('the midjourney package', () => {
  test.each([['2026'], ['2023']] as const)('draws, sees progress, and upscales (%s)', async (era) => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const account = await start({ era, speed: 25 })
    const client = new Midjourney({
      SalaiToken: account.token,
      ServerId: account.guildId ?? '',
      ChannelId: account.channelId,
      DiscordBaseUrl: sim.urls.api.replace('/api/v9', ''),
      WsBaseUrl: `${sim.urls.gateway}/?encoding=json&v=9`,
      ApiInterval: 10,
    })
    await client.Connect()
    const seen: string[] = []
    const grid = await client.Imagine('a red fox in the snow --ar 3:2', (_uri, progress) =>
      seen.push(progress),
    )
    const [job] = sim.truth.jobs()
    expect(grid).toMatchObject({ id: job?.finalMessageId, uri: job?.imageUrl, hash: job?.jobUuid })
    expect(seen.some((progress) => progress.endsWith('%'))).toBe(true)
    const bytes = new Uint8Array(await (await fetch(grid?.uri ?? '')).arrayBuffer())
    expect(await sim.pictures.identify(bytes)).toEqual({ jobUuid: job?.jobUuid, index: null })

    const single = await client.Upscale({
      index: 2,
      msgId: grid?.id ?? '',
      hash: grid?.hash ?? '',
      flags: grid?.flags ?? 0,
      content: grid?.content ?? '',
    })
    const upscale = sim.truth.jobs().find(({ kind }) => kind === 'upscale')
    expect(upscale).toMatchObject({ index: 2, parentJobUuid: job?.jobUuid, parentMessageId: grid?.id })
    expect(single).toMatchObject({ id: upscale?.finalMessageId, hash: upscale?.jobUuid })
    client.Close()
  })
})
