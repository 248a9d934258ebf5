/** Runs pieces of work strictly one after the other, in the order they came. A piece that fails does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve()

  run<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(work, work)
    this.#last = result
    return result
  }
}
