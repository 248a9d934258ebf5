/**
 * Until when Discord asked to be left alone, by route. A user client is told no buckets (protocol page §3.5), so all it
 * can know is which route answered 429 last, or that the limit holds for everything.
 */
export class CoolDowns {
  readonly #until = new Map<string, number>()
  #allUntil = 0

  /** A 429 came at `now` (ms) on `route`. A shorter wait does not undo a longer one. */
  limited({
    route,
    waitMs,
    global,
    now,
  }: {
    route: string
    waitMs: number
    global: boolean
    now: number
  }): void {
    for (const [other, until] of this.#until) if (until <= now) this.#until.delete(other)
    if (global) this.#allUntil = Math.max(this.#allUntil, now + waitMs)
    else this.#until.set(route, Math.max(this.#until.get(route) ?? 0, now + waitMs))
  }

  /** How long (ms) from `now` the route must still be left alone. */
  leftMs(route: string, now: number): number {
    return Math.max(0, this.#allUntil - now, (this.#until.get(route) ?? 0) - now)
  }
}
