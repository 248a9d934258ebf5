import { createServer } from 'node:net'
import { Stop } from '../machine.mjs'

/** The first port from `wanted` on that nobody listens on. */
export async function nextFreePort(wanted, host) {
  for (let port = wanted; port < wanted + 100; port++) {
    if (await isFree(port, host)) return port
  }
  throw new Stop(`No port is free from ${wanted} to ${wanted + 99}.`)
}

function isFree(port, host) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
