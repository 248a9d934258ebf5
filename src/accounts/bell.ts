/** Wakes one sleeper. A ring while nobody sleeps is kept, so that none is missed between looking and sleeping. */
export class Bell {
  #rung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring, or at once when one has come since; rejects when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.#rung) {
      await new Promise<void>((resolve, reject) => {
        const abort = () => reject(signal.reason)
        signal.addEventListener('abort', abort, { once: true })
        this.#wake = () => {
          signal.removeEventListener('abort', abort)
          resolve()
        }
      })
    }
    this.#wake = null
    this.#rung = false
  }
}
