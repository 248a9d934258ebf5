import { createHmac } from 'node:crypto'
import type { Settings } from '../options.ts'
import type { SimulatedTime } from '../time.ts'

/** Signed links (protocol page §3.4): `?ex=&is=&hm=&`, hexadecimal Unix seconds. In 2023 there was no signature at all. */
export class Links {
  #settings: Settings
  #time: SimulatedTime
  #base = ''

  constructor(settings: Settings, time: SimulatedTime) {
    this.#settings = settings
    this.#time = time
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
    if (this.#settings.era === '2023') return address
    const issued = Math.floor(this.#time.now() / 1000)
    const expires = Math.ceil((this.#time.now() + this.#time.real(this.#settings.linkLifetimeMs)) / 1000)
    const ex = expires.toString(16)
    const is = issued.toString(16)
    return `${address}?ex=${ex}&is=${is}&hm=${this.#signature(path, ex, is)}&`
  }

  verify(path: string, query: { ex?: string; is?: string; hm?: string }): boolean {
    if (this.#settings.era === '2023') return true
    const { ex = '', is = '', hm = '' } = query
    if (hm !== this.#signature(path, ex, is)) return false
    return Number.parseInt(ex, 16) * 1000 > this.#time.now()
  }

  #signature(path: string, ex: string, is: string): string {
    return createHmac('sha256', `links:${this.#settings.seed}`).update(`${path}|${ex}|${is}`).digest('hex')
  }
}
