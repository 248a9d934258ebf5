import type { DestinationKind, ProxyMode } from '../control.ts'
import type { CounterBook } from '../truth/counters.ts'
import type { Account } from '../world/account.ts'
import type { World } from '../world/world.ts'
import type { Origins } from './origins.ts'
import { ProxyServer } from './proxy-server.ts'

interface PoolParts {
  world: World
  counters: CounterBook
  origins: Origins
  places: { apiUrl: string; gatewayUrl: string; cdnUrl: string; activitiesUrl: string }
}

/** One proxy per account. */
export class ProxyPool {
  #parts: PoolParts
  #servers = new Map<Account, ProxyServer>()

  constructor(parts: PoolParts) {
    this.#parts = parts
  }

  /** On ports from `firstPort` upwards, or wherever there is room if it is 0. */
  async listen(firstPort: number): Promise<void> {
    const { world, counters, origins } = this.#parts
    const kindOf = this.#directory()
    await Promise.all(
      world.accounts.map(async (account, at) => {
        const server = new ProxyServer({ account, counters, origins, kindOf })
        account.proxyUrl = await server.listen(firstPort === 0 ? 0 : firstPort + at)
        this.#servers.set(account, server)
      }),
    )
  }

  /** Which of our servers an address is; uploads are told from downloads by their path, where the proxy sees it. */
  #directory() {
    const { apiUrl, gatewayUrl, cdnUrl, activitiesUrl } = this.#parts.places
    const kinds = new Map<number, DestinationKind>([
      [Number(new URL(apiUrl).port), 'api'],
      [Number(new URL(gatewayUrl).port), 'gateway'],
      [Number(new URL(cdnUrl).port), 'cdn'],
      [Number(new URL(activitiesUrl).port), 'activities'],
    ])
    return (host: string, port: number, path: string | null): DestinationKind | undefined => {
      if (host !== '127.0.0.1' && host !== 'localhost') return undefined
      return path?.startsWith('/upload/') ? 'upload' : kinds.get(port)
    }
  }

  async setMode(account: Account, mode: ProxyMode): Promise<void> {
    await this.#servers.get(account)?.setMode(mode)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()))
  }
}
