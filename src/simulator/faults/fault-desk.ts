import type { FaultDesk } from '../control.ts'
import { Random } from '../random.ts'
import type { World } from '../world/world.ts'
import {
  type AccountKey,
  type EveryJob,
  type FaultSettings,
  type MessageEvent,
  noFaults,
  type OneShotFault,
  type RestAnswer,
  type Targeted,
} from './fault-types.ts'

export interface MessageVerdict {
  lose: boolean
  duplicate: boolean
  delayMs: number
  reorder: boolean
  drop: boolean
  dropInvalid: boolean
}

export interface RestVerdict {
  answer: RestAnswer
  executed: boolean
  retryAfterSeconds: number
}

type Queued = Targeted<OneShotFault> & {
  /** The job that it waits for, if it was met by number. */
  job?: string
}
type Kind = OneShotFault['kind']
type FaultOf<K extends Kind> = Extract<OneShotFault, { kind: K }>

/**
 * Decides what goes wrong. One-shots come first, in the order in which they were queued; then chance, drawn per account and per
 * sort of fault, so that the same seed and the same requests give the same mishaps.
 */
export class Faults implements FaultDesk {
  #world: World
  #rates: FaultSettings
  #own = new Map<number, FaultSettings>()
  #queue: Queued[] = []
  #everyJob: EveryJob[] = []
  #jobs = new Map<number, number>()
  #streams = new Map<string, Random>()

  constructor(world: World) {
    this.#world = world
    this.#rates = { ...noFaults, ...world.settings.faults }
  }

  set(settings: Partial<FaultSettings>, account?: AccountKey): void {
    if (account === undefined) {
      this.#rates = { ...this.#rates, ...settings }
      for (const [index, own] of this.#own) this.#own.set(index, { ...own, ...settings })
      return
    }
    const { index } = this.#world.require(account)
    this.#own.set(index, { ...this.rates(index), ...settings })
  }

  once(fault: Targeted<OneShotFault>): void {
    if (fault.account !== undefined) this.#world.require(fault.account)
    this.#queue.push({ ...fault })
  }

  clear(): void {
    this.#rates = { ...noFaults }
    this.#own.clear()
    this.#queue = []
    this.#everyJob = []
  }

  every(rule: EveryJob): void {
    const { everyJobs, fault } = rule
    if (!Number.isInteger(everyJobs) || everyJobs < 1) throw new RangeError('everyJobs must be 1 or more')
    if (fault.account !== undefined) this.#world.require(fault.account)
    this.#everyJob.push(rule)
  }

  /** An account's next job is about to be judged: faults that are due by its number are queued, for it alone where they are about jobs. */
  meet(account: number, job: string): void {
    const number = (this.#jobs.get(account) ?? 0) + 1
    this.#jobs.set(account, number)
    for (const { fault, everyJobs, fromJob = everyJobs } of this.#everyJob) {
      const target = fault.account === undefined ? account : this.#world.find(fault.account)?.index
      if (target !== account || number < fromJob || (number - fromJob) % everyJobs !== 0) continue
      const bound = fault.kind === 'job' || fault.kind === 'bad-news' ? { job } : {}
      this.#queue.push({ ...fault, account, ...bound })
    }
  }

  /** A job is over, whatever waited for it. */
  part(job: string): void {
    this.#queue = this.#queue.filter((fault) => fault.job !== job)
  }

  pending(): Targeted<OneShotFault>[] {
    return this.#queue.map(({ job: _, ...fault }) => ({ ...fault }))
  }

  rates(account: number): FaultSettings {
    return this.#own.get(account) ?? this.#rates
  }

  /** Takes the first queued fault of that kind that is for this account and fits. */
  take<K extends Kind>(
    kind: K,
    account: number,
    fits: (fault: FaultOf<K>) => boolean = () => true,
    job?: string,
  ): FaultOf<K> | null {
    const at = this.#queue.findIndex(
      (fault) =>
        fault.kind === kind &&
        (fault.job === undefined || fault.job === job) &&
        (fault.account === undefined || this.#world.find(fault.account)?.index === account) &&
        fits(fault as FaultOf<K>),
    )
    const fault = this.#queue[at]
    if (!fault) return null
    const times = (fault.times ?? 1) - 1
    if (times > 0) this.#queue[at] = { ...fault, times }
    else this.#queue.splice(at, 1)
    return fault as FaultOf<K>
  }

  #chance(account: number, name: string, rate: number): boolean {
    if (rate <= 0) return false
    return this.#stream(account, name).chance(rate)
  }

  #stream(account: number, name: string): Random {
    const label = `${this.#world.settings.seed}:fault:${account}:${name}`
    const known = this.#streams.get(label) ?? new Random(label)
    this.#streams.set(label, known)
    return known
  }

  /** What befalls one message event on its way to one account's sockets. */
  forMessage(account: number, event: MessageEvent): MessageVerdict {
    const rates = this.rates(account)
    const matches = (fault: { event?: MessageEvent }) => [undefined, 'any', event].includes(fault.event)
    const scripted = this.take('message', account, matches)
    const drop = this.take('drop', account, matches)
    const hit = (name: string, rate: number) => this.#chance(account, name, rate)
    const late = scripted?.does === 'delay' || hit('delay', rates.delayRate)
    const cut = drop !== null || hit('drop', rates.dropRate)
    return {
      lose: scripted?.does === 'lose' || hit('lose', rates.loseRate),
      duplicate: scripted?.does === 'duplicate' || hit('duplicate', rates.duplicateRate),
      delayMs: late ? (scripted?.delayMs ?? rates.delayMs) : 0,
      reorder: scripted?.does === 'reorder' || hit('reorder', rates.reorderRate),
      drop: cut,
      dropInvalid: drop?.invalidSession ?? (cut && hit('drop-invalid', rates.dropInvalidShare)),
    }
  }

  /** How a REST request is spoilt, if it is; `route` is like `POST /interactions`. */
  forRequest(account: number, route: string): RestVerdict | null {
    const rates = this.rates(account)
    const interactions = route === 'POST /interactions'
    const scripted = this.take('rest', account, (fault) =>
      fault.route === undefined ? interactions : route.includes(fault.route),
    )
    const verdict = (answer: RestAnswer, executed: boolean): RestVerdict => ({
      answer,
      executed,
      retryAfterSeconds: scripted?.retryAfterSeconds ?? rates.retryAfterSeconds,
    })
    if (scripted) return verdict(scripted.answer, scripted.executed ?? false)
    if (!interactions) return null
    const hit = (name: string, rate: number) => this.#chance(account, name, rate)
    if (hit('429', rates.rateLimitRate)) return verdict('rate-limit', false)
    if (hit('429-html', rates.htmlRateLimitRate)) return verdict('rate-limit-html', false)
    if (hit('500', rates.serverErrorRate)) return verdict('server-error', false)
    if (hit('502', rates.htmlErrorRate)) return verdict('bad-gateway-html', false)
    if (hit('502-executed', rates.executedErrorRate)) return verdict('bad-gateway-html', true)
    if (hit('hang', rates.hangRate))
      return verdict('hang', this.#stream(account, 'hang-executed').chance(0.5))
    return null
  }

  /** Whether the CDN has trouble with a file of the account. */
  forFile(account: number): boolean {
    return this.#chance(account, 'file', this.rates(account).fileErrorRate)
  }

  /** Whether the bot does not answer an interaction as it should. */
  forBot(account: number): FaultOf<'bot'> | null {
    const scripted = this.take('bot', account)
    if (scripted) return scripted
    const rates = this.rates(account)
    if (this.#chance(account, 'silent', rates.silentRate)) return { kind: 'bot', does: 'silent' }
    if (this.#chance(account, 'failure', rates.failureRate)) return { kind: 'bot', does: 'failure' }
    if (this.#chance(account, 'failure-job', rates.failureThenJobRate))
      return { kind: 'bot', does: 'failure-then-job' }
    return null
  }
}
