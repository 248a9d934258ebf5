import closeWithGrace from 'close-with-grace'
import { PoolFileError, readPoolFile } from './accounts/pool-file.ts'
import { createApp } from './app.ts'
import { ConfigError, loadConfig } from './config.ts'
import { createLogger } from './observability/logger.ts'
import { startPrivateRedis } from './scheduler/private-redis.ts'

/** How long a graceful end may take before the process goes anyway (ms). */
const closeWithinMs = 10_000

async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const log = createLogger(config.logLevel)
  const accounts = config.role === 'api' ? [] : readPoolFile(config.tokenChannels)
  if (config.adminKeyFile) log.info({ file: config.adminKeyFile }, 'the admin key stands in this file')
  const privateRedis = config.redis ? null : await startPrivateRedis({ dataDir: config.dataDir, log })
  const redis = config.redis ?? { kind: 'single' as const, url: privateRedis?.url ?? '' }
  const app = createApp({ config, redis, accounts, log })
  closeWithGrace({ delay: closeWithinMs, logger: log }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'unexpected error')
    else log.info({ signal }, 'closing')
    await app.close()
    await privateRedis?.close()
  })
  await app.start()
  log.info({ node: app.node, role: config.role, accounts: accounts.length }, 'started')
}

main().catch((error: unknown) => {
  // What its owner can mend is said in a line; anything else with its stack.
  const mendable = error instanceof ConfigError || error instanceof PoolFileError
  process.stderr.write(`${mendable ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
})
