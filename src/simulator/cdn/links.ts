import { createHmac } from 'node:crypto'
import type { World } from '../world/world.ts'

/** Signed links (protocol page §3.4): `?ex=&is=&hm=&`, hexadecimal Unix seconds. In 2023 there was no signature at all. */
export class Links {
  #world: World
  #base = ''

  constructor(world: World) {
    this.#world = world
  }

  set base(url: string) {
    this.#base = url
  }

  get base(): string {
    return this.#base
  }

  /** A link to a path that works from now on, for its lifetime. */
  sign(path: string, root: 'cdn' | 'media' = 'cdn'): string {
    const address = `${this.#base}${root === 'media' ? '/media' : ''}${path}`
    if (this.#isBare(path)) return address
    const { settings, time } = this.#world
    const issued = Math.floor(time.now() / 1000)
    const expires = Math.ceil((time.now() + time.real(settings.linkLifetimeMs)) / 1000)
    const ex = expires.toString(16)
    const is = issued.toString(16)
    return `${address}?ex=${ex}&is=${is}&hm=${this.#signature(path, ex, is)}&`
  }

  verify(path: string, query: { ex?: string; is?: string; hm?: string }): boolean {
    if (this.#isBare(path)) return true
    const { ex = '', is = '', hm = '' } = query
    if (hm !== this.#signature(path, ex, is)) return false
    return Number.parseInt(ex, 16) * 1000 > this.#world.time.now()
  }

  /** `/attachments/CHANNEL/…` */
  #isBare(path: string): boolean {
    return this.#world.readingsIn(this.#world.channels.get(path.split('/')[2] ?? '')).era === '2023'
  }

  #signature(path: string, ex: string, is: string): string {
    return createHmac('sha256', `links:${this.#world.settings.seed}`)
      .update(`${path}|${ex}|${is}`)
      .digest('hex')
  }
}
