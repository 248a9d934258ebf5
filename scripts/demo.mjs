import { mkdirSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Children } from './demo/children.mjs'
import { drawOne } from './demo/draw.mjs'
import { folder, state, tell } from './demo/folder.mjs'
import { endLeftovers, isRunning } from './demo/leftovers.mjs'
import { startAll } from './demo/start.mjs'
import { Stop } from './machine.mjs'

const processes = join(folder, 'processes')
const redisPid = join(state, 'redis', 'redis.pid')

/** A terminal's Ctrl-C arrives once from the kernel and once more from npm, which passes it on. */
const sameSignalWithinMs = 500

/**
 * Draws one picture through a pool of simulated accounts, then stays for whoever wants to try more; with `--once` it ends
 * after the picture. Gives the exit code. Whatever happens, what it started has ended by then.
 */
export async function runDemo(args) {
  const unknown = args.find((arg) => arg !== '--once')
  if (unknown !== undefined) throw new Stop(`npm run demo knows only --once, not ${unknown}.`)
  mkdirSync(folder, { recursive: true })
  if (isRunning(processes, /run\.mjs demo/)) throw new Stop('Another demo runs already; end it first.')
  await endLeftovers([processes, redisPid])

  const over = new AbortController()
  const children = new Children({ book: processes, whenLost: (why) => over.abort(why) })
  onSignals(over, children)
  const untilOver = new Promise((_, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason))
  })
  try {
    const gateway = await Promise.race([startAll(children, over.signal), untilOver])
    await Promise.race([drawOne(gateway, over.signal), untilOver])
    if (args.includes('--once')) return 0
    tell('Ctrl-C ends the demo.')
    return await untilOver
  } catch (error) {
    const cause = await causeOf(error, over.signal)
    if (cause instanceof Ended) return cause.exitCode
    throw cause
  } finally {
    await children.stop()
    await endLeftovers([redisPid])
  }
}

/** A request that fails may be how we first hear of a lost process; the news of its end says more. */
async function causeOf(error, signal) {
  if (!(error instanceof Stop || signal.aborted)) await delay(500)
  return signal.aborted ? signal.reason : error
}

/** A person or the system wants us to end; not a failure. */
class Ended extends Error {
  constructor(signal) {
    super(`ended by ${signal}`)
    // Ctrl-C is how the demo is meant to end.
    this.exitCode = signal === 'SIGINT' ? 0 : 128 + constants.signals[signal]
  }
}

function onSignals(over, children) {
  let first = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (first === 0) tell('\nStopping …')
      else if (Date.now() - first > sameSignalWithinMs) children.kill()
      first ||= Date.now()
      over.abort(new Ended(signal))
    })
  }
}
