import type { Cell } from '../cdn/scene.ts'
import type { SimulatedJob } from '../control.ts'
import type { Readings } from '../options.ts'
import type { Random } from '../random.ts'
import type { Account } from '../world/account.ts'
import type { Message, User } from '../world/message.ts'
import type { Channel } from '../world/world.ts'
import type { BadNewsName } from './bad-news.ts'
import type { KindWords } from './follow-up.ts'
import type { Interaction } from './interaction.ts'
import type { Plan } from './plans.ts'

/** A job as the bot works on it: the public truth, and what drawing and telling need. */
export interface Job {
  readonly truth: SimulatedJob
  readonly plan: Plan
  readonly channel: Channel
  /** Absent for a stranger's job. */
  readonly account: Account | null
  readonly requester: User
  readonly interaction: Interaction | null
  readonly clicked: Message | null
  readonly aspect: readonly [number, number]
  readonly cells: readonly Cell[]
  readonly random: Random
  readonly stealth: boolean
  readonly readings: Readings
  progress: Message | null
  /** Bad news that awaits it once it has begun. */
  doom: BadNewsName | null
  /** Words in the tail of texts, for kinds that have several, such as pan. */
  readonly words: KindWords | null
  cancelled: (() => void)[]
}

export function isOver(job: Job): boolean {
  return ['done', 'failed', 'stopped'].includes(job.truth.state)
}

/** All jobs, by uuid, bounded. */
export class JobBook {
  #jobs = new Map<string, Job>()
  #memory: number

  constructor(memory: number) {
    this.#memory = memory
  }

  add(job: Job): void {
    this.#jobs.set(job.truth.jobUuid, job)
    if (this.#jobs.size <= this.#memory) return
    for (const [uuid, old] of this.#jobs) {
      if (!isOver(old)) continue
      this.#jobs.delete(uuid)
      return
    }
  }

  get(jobUuid: string): Job | undefined {
    return this.#jobs.get(jobUuid)
  }

  all(): Job[] {
    return [...this.#jobs.values()]
  }
}
