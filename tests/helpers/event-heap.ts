interface Entry<Event> {
  at: number
  order: number
  event: Event
}

/** Events by their moment; those of the same moment in the order they were added. */
export class EventHeap<Event> {
  readonly #entries: Entry<Event>[] = []
  #added = 0

  add(at: number, event: Event): void {
    const entries = this.#entries
    const entry = { at, order: this.#added, event }
    this.#added += 1
    let place = entries.length
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = entries[above]
      if (!parent || !isBefore(entry, parent)) break
      entries[place] = parent
      place = above
    }
    entries[place] = entry
  }

  next(): Entry<Event> | undefined {
    const entries = this.#entries
    const [first] = entries
    const last = entries.pop()
    if (!first || !last || entries.length === 0) return first
    let place = 0
    for (;;) {
      const [left, right] = [2 * place + 1, 2 * place + 2]
      const [a, b] = [entries[left], entries[right]]
      const below = a && b && isBefore(b, a) ? right : left
      const child = entries[below]
      if (!child || !isBefore(child, last)) break
      entries[place] = child
      place = below
    }
    entries[place] = last
    return first
  }
}

const isBefore = (a: Entry<unknown>, b: Entry<unknown>): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order)
