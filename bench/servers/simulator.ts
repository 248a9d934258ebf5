import { startSimulator } from '../../src/simulator/simulator.ts'

/** The simulator in a process of its own, so that drawing does not disturb whoever measures. Its argument is its speed. */
const sim = await startSimulator({
  accounts: [{ mode: 'fast' }],
  speed: Number(process.argv[2] ?? 1),
  pictureSize: 'tiny',
  previews: false,
})
process.send?.({ urls: sim.urls, accounts: sim.accounts.map((account) => ({ ...account })) })
