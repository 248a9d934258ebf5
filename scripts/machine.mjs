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
  return folders.flatMap((folder) => programs.map((program) => join(folder, program))).find(isExecutable)
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
