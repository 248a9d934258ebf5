import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A reason to stop that a person can act on: shown without a stack. */
export class Stop extends Error {}

/** Said to people while a command prepares itself; stdout is left to the command. */
export const say = (text) => process.stderr.write(`${text}\n`)

/** Where the first of `programs` is that this machine has. */
export function findProgram(...programs) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  // Package managers put servers where an ordinary user's PATH may not look.
  for (const folder of [...folders, '/usr/sbin', '/usr/local/bin', '/opt/homebrew/bin']) {
    for (const program of programs) {
      if (isExecutable(join(folder, program))) return join(folder, program)
    }
  }
  return undefined
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs a command to its end with its output on stderr; true when it succeeded. */
export function succeeds([program, ...args], { env = {}, cwd, quiet = false } = {}) {
  const stdio = quiet ? 'ignore' : ['ignore', 2, 2]
  return spawnSync(program, args, { stdio, cwd, env: { ...process.env, ...env } }).status === 0
}
