/**
 * A small seeded generator (sfc32 over an FNV hash). Each thing that needs chance gets its own stream, named after what it is,
 * so that one account's draws do not depend on when another account's sockets happened to be read.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(label: string) {
    this.#a = hash(label, 0x811c9dc5)
    this.#b = hash(label, 0x9e3779b9)
    this.#c = hash(label, 0x85ebca6b)
    for (let i = 0; i < 12; i++) this.next()
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t
    this.#c |= 0
    return (t >>> 0) / 4_294_967_296
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** A whole number, both ends included. */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  /** Draws only when the outcome is open, so that a rate of 0 leaves the stream as it was. */
  chance(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.next() < probability)
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(0, items.length - 1)] ?? items[0]
  }

  characters(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet.charAt(this.integer(0, alphabet.length - 1))).join('')
  }

  hex(length: number): string {
    return this.characters('0123456789abcdef', length)
  }

  /** Looks like a random uuid (version 4). */
  uuid(): string {
    const hex = this.hex(30)
    const variant = '89ab'.charAt(this.integer(0, 3))
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18, 30)}`
  }
}

function hash(text: string, seed: number): number {
  let value = seed
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
    value ^= value >>> 15
  }
  return value | 0
}
