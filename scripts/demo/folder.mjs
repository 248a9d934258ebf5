import { join, relative, resolve } from 'node:path'

/** Where a demo keeps its things: pictures and logs stay, `state` is made anew by the next one. */
export const folder = resolve(process.env.DATA_DIR || 'data', 'demo')
export const state = join(folder, 'gateway')
export const logOf = (name) => join(folder, `${name}.log`)

/** A path as a person would type it from here. */
export function shown(path) {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : `./${fromHere}`
}

export const tell = (text = '') => process.stdout.write(`${text}\n`)
