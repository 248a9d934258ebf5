import { initialHealth } from './accounts/health.ts'
import type { AccountConfig } from './accounts/pool-file.ts'
import type { AccountStore, Lease } from './accounts/ports.ts'
import type { Worker } from './accounts/supervisor.ts'
import { AccountWorker } from './accounts/worker.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { defaultProperties } from './discord/gateway/identify.ts'
import { GatewaySession } from './discord/gateway/session.ts'
import { createActivitiesClient } from './discord/rest/activities.ts'
import { createDiscordRest } from './discord/rest/client.ts'
import { createTransport } from './discord/transport.ts'
import type { JobId } from './ids.ts'
import type { Log } from './log.ts'

interface FactoryParts {
  store: AccountStore
  config: Config
  onDone: (job: JobId, owes: { followUp: boolean }) => void
  clock: Clock
  random: () => number
  log: Log & { child(fields: object): Log }
}

/** Makes an account's worker with a transport of its own: REST, uploads, downloads and the socket all go through its proxy. */
export function workerFactory({ store, config, onDone, clock, random, log: parent }: FactoryParts) {
  const { discord, settings } = config
  const turn = takeTurns(settings.accounts.identifySpreadMs, clock)
  return async (account: AccountConfig, lease: Lease): Promise<Worker> => {
    const log = parent.child({ account: account.id, epoch: lease.epoch })
    const transport = createTransport({ proxyUrl: account.proxyUrl })
    const [resumeFrom, stored] = await Promise.all([
      store.loadListener(account.id),
      store.storedAccount(account.id),
    ])
    return new AccountWorker({
      account,
      lease,
      store,
      mode: stored?.mode ?? account.mode,
      initialHealth: initialHealth(stored, clock.now()),
      facts: stored?.facts ?? null,
      resting: stored?.resting ?? [],
      resumeFrom,
      cdnUrl: discord.cdnUrl,
      activities: createActivitiesClient({
        activitiesUrl: discord.activitiesUrl,
        userAgent: defaultProperties.browser_user_agent,
        transport,
      }),
      rest: createDiscordRest({ apiUrl: discord.apiUrl, token: account.token, transport, clock, log }),
      openGateway: (hooks) =>
        new GatewaySession({
          ...hooks,
          token: account.token,
          gatewayUrl: discord.gatewayUrl,
          agent: transport.agent,
          compression: settings.gateway.compression,
          identifyGate: turn,
          clock,
          random,
          log,
        }),
      closeTransport: () => transport.close(),
      onDone,
      limits: settings.limits,
      tuning: settings.accounts,
      clock,
      random,
      log,
    })
  }
}

/** Lets one caller through every `everyMs`; the first passes at once. */
function takeTurns(everyMs: number, clock: Clock): (signal: AbortSignal) => Promise<void> {
  let next = 0
  return async (signal) => {
    const now = clock.now()
    const mine = Math.max(now, next)
    next = mine + everyMs
    if (mine > now) await clock.sleep(mine - now, signal)
  }
}
