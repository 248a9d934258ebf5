// The demo's Discord: `node simulator-process.mjs <file>` starts it on free ports and writes into the file where it listens and
// which accounts it has.
import { renameSync, writeFileSync } from 'node:fs'
import { startSimulator } from '../../dist/simulator/simulator.js'

/** Makes a picture take a few seconds: long enough to be watched. */
const speed = 4

const [file] = process.argv.slice(2)
const modes = ['fast', 'fast', 'fast', 'relax']
const simulator = await startSimulator({ accounts: modes.map((mode) => ({ mode })), speed })
const { urls, accounts } = simulator
writeFileSync(
  `${file}.new`,
  JSON.stringify({
    urls,
    accounts: accounts.map(({ token, channelId, mode }) => ({ token, channelId, mode })),
  }),
)
// Whoever waits for the file must not find half of it.
renameSync(`${file}.new`, file)

process.once('SIGTERM', async () => {
  await simulator.close()
  process.exit(0)
})
