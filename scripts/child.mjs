import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** A terminal's Ctrl-C arrives once from the kernel and once more from npm, which passes it on. */
const sameSignalWithinMs = 500

/** Runs a tool in the foreground, where Ctrl-C reaches it by itself; other signals are passed on. Gives its exit code. */
export function runTool(argv, options = {}) {
  const child = start(argv, { stdio: 'inherit', ...options })
  const passOn = (signal) => signal !== 'SIGINT' && child.kill(signal)
  for (const signal of stopSignals) process.on(signal, passOn)
  return ended(child).finally(() => {
    for (const signal of stopSignals) process.off(signal, passOn)
  })
}

/**
 * Runs a service as if we had become it: each signal reaches it once, its exit code is ours. It gets a session of its own,
 * because to a service a second signal means to end at once.
 */
export function runService(argv, options = {}) {
  const child = start(argv, { stdio: ['ignore', 'inherit', 'inherit'], detached: true, ...options })
  let last = 0
  const forward = (signal) => {
    if (Date.now() - last < sameSignalWithinMs) return
    last = Date.now()
    child.kill(signal)
  }
  for (const signal of stopSignals) process.on(signal, forward)
  return ended(child)
}

const start = ([program, ...args], options) => spawn(program, args, options)

/** The exit code as a shell would say it. */
const ended = (child) =>
  new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
