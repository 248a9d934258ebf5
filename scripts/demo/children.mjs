import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Stop } from '../machine.mjs'

const stopWithinMs = 12_000
const linesShown = 12

/**
 * The processes of a demo. Each writes to a log of its own and has a session of its own, so that Ctrl-C reaches only us and
 * they end in the right order. Their pids stand in `book` after ours, for the next demo to find what a `kill -9` left behind.
 */
export class Children {
  #children = []
  #book
  #whenLost
  #stopping = false

  /** `whenLost` is called with the reason when a process ends by itself. */
  constructor({ book, whenLost }) {
    this.#book = book
    this.#whenLost = whenLost
  }

  start(name, [program, ...args], { env, cwd, log }) {
    if (this.#stopping) throw new Stop('The demo ends.')
    const output = openSync(log, 'w')
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', output, output] })
    closeSync(output)
    child.once('error', (error) => this.#lost(`The ${name} cannot be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      this.#lost(
        `The ${name} ended with ${signal ?? `code ${code}`}. The last lines of ${log}:\n\n${lastLines(log)}`,
      )
    })
    this.#children.push(child)
    writeFileSync(this.#book, [process.pid, ...this.#children.map(({ pid }) => pid)].join('\n'))
  }

  #lost(why) {
    if (!this.#stopping) this.#whenLost(new Stop(why))
  }

  /** Ends all, the last started first. */
  async stop() {
    this.#stopping = true
    for (const child of this.#children.toReversed()) await end(child)
    rmSync(this.#book, { force: true })
  }

  /** For who will not wait. */
  kill() {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}

async function end(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const inTime = await Promise.race([gone.then(() => true), delay(stopWithinMs, false, { ref: false })])
  if (inTime) return
  child.kill('SIGKILL')
  await gone
}

const lastLines = (file) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-linesShown).join('\n')
