import type { SeenInteraction } from '../control.ts'

/** Every interaction that took effect, oldest first, bounded. */
export class InteractionLog {
  #seen: SeenInteraction[] = []
  #memory: number

  constructor(memory: number) {
    this.#memory = memory
  }

  add(interaction: SeenInteraction): void {
    this.#seen.push(interaction)
    if (this.#seen.length > this.#memory * 1.2) this.#seen = this.#seen.slice(-this.#memory)
  }

  all(): SeenInteraction[] {
    return this.#seen.map((interaction) => ({ ...interaction, jobUuids: [...interaction.jobUuids] }))
  }
}
