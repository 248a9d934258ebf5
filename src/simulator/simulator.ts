import { buildActivities } from './activities/activities-server.ts'
import { Bot } from './bot/bot.ts'
import { CommandBook } from './bot/commands.ts'
import { JobBook } from './bot/job.ts'
import { Speaker } from './bot/speaker.ts'
import { Strangers } from './bot/strangers.ts'
import { buildCdn } from './cdn/cdn-server.ts'
import { FileStore } from './cdn/file-store.ts'
import { Links } from './cdn/links.ts'
import { PictureShop } from './cdn/picture-shop.ts'
import { Uploads } from './cdn/uploads.ts'
import { buildControl } from './control/control-server.ts'
import { Desk } from './control/desk.ts'
import type { Simulator } from './control.ts'
import { Faults } from './faults/fault-desk.ts'
import { Gateway } from './gateway/gateway.ts'
import { type SimulatorOptions, settle } from './options.ts'
import { Origins } from './proxy/origins.ts'
import { ProxyPool } from './proxy/proxy-pool.ts'
import { buildRest } from './rest/rest-server.ts'
import { playScenario, readScenario } from './scenario/scenario.ts'
import { SimulatedTime } from './time.ts'
import { CounterBook } from './truth/counters.ts'
import { InteractionLog } from './truth/interaction-log.ts'
import { World } from './world/world.ts'

export type * from './control.ts'
export type * from './faults/fault-types.ts'
export type { SimulatorOptions } from './options.ts'

/** Starts Discord and the Midjourney bot on loopback ports. Nothing is shared between two simulators. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const scenario = options.scenario === undefined ? null : readScenario(options.scenario)
  const settings = settle({ ...scenario?.options, ...options })
  const time = new SimulatedTime(settings.speed)
  const world = new World(settings, time)
  const counters = new CounterBook()
  const origins = new Origins(counters)
  const faults = new Faults(world)
  const gateway = new Gateway({ world, faults, counters, origins })
  const files = new FileStore(settings.memory)
  const links = new Links(world)
  const uploads = new Uploads(settings.seed)
  const shop = new PictureShop(world, files, links)
  const speaker = new Speaker(world, gateway)
  const jobs = new JobBook(settings.memory)
  const interactions = new InteractionLog(settings.memory)
  const bot = new Bot({ world, gateway, speaker, shop, faults, jobs })
  const commands = new CommandBook()
  const strangers = new Strangers({ world, bot, jobs })

  const { ports } = settings
  const host = '127.0.0.1'
  const gatewayUrl = await gateway.listen(ports.gateway)
  const cdn = buildCdn({ files, links, uploads, counters, origins, faults })
  links.base = await cdn.listen({ host, port: ports.cdn })
  const rest = await buildRest({
    world,
    bot,
    speaker,
    commands,
    gateway,
    gatewayUrl,
    files,
    links,
    shop,
    uploads,
    faults,
    counters,
    origins,
    interactions,
  })
  const apiUrl = await rest.listen({ host, port: ports.api })
  const activities = buildActivities({
    forms: settings.regionForms,
    desk: bot.clerk,
    counters,
    origins,
    faults,
  })
  const activitiesUrl = await activities.listen({ host, port: ports.activities })
  const proxies = new ProxyPool({
    world,
    counters,
    origins,
    places: { apiUrl, gatewayUrl, cdnUrl: links.base, activitiesUrl },
  })
  await proxies.listen(ports.proxy)

  const desk = new Desk({ world, gateway, faults, jobs, interactions, counters, shop, commands, proxies })
  const control = buildControl(desk)
  const controlUrl = await control.listen({ host, port: ports.control })
  desk.urls = {
    api: `${apiUrl}/api/v9`,
    gateway: gatewayUrl,
    cdn: links.base,
    activities: activitiesUrl,
    control: controlUrl,
  }
  desk.onClose(async () => {
    time.close()
    const servers = [gateway, rest, cdn, activities, control, proxies]
    await Promise.all(servers.map((server) => server.close()))
  })
  strangers.start()
  if (scenario) playScenario(scenario, desk, time)
  return desk
}
