import { pino } from 'pino'
import { readPoolFile } from '../../src/accounts/pool-file.ts'
import { createApp } from '../../src/app.ts'
import { createClock } from '../../src/clock.ts'
import { loadConfig } from '../../src/config.ts'

/** A whole gateway, configured by the environment; its first argument is how many times as fast its clock runs. */
const speed = Number(process.argv[2] ?? 1)
const loaded = loadConfig(process.env)
const leases = { ...loaded.settings.leases, leaseMs: 10_000 * speed, renewMs: 3_000 * speed }
const app = createApp({
  config: { ...loaded, settings: { ...loaded.settings, leases } },
  redis: loaded.redis ?? { kind: 'single', url: '' },
  accounts: readPoolFile(loaded.tokenChannels),
  log: pino({ level: 'warn' }),
  clock: createClock(speed),
})
await app.start()
const address = app.server?.server.address()
process.send?.({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` })
