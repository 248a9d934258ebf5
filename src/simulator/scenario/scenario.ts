import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AccountChanges, Simulator } from '../control.ts'
import type { FaultSettings, OneShotFault, Targeted } from '../faults/fault-types.ts'
import type { SimulatorOptions } from '../options.ts'
import type { SimulatedTime } from '../time.ts'
import { complaintAbout } from './shape.ts'

/** One thing that happens at a time of the script, in simulated milliseconds from the start. */
export interface ScenarioStep {
  /** When it happens first. Default 0. */
  atMs?: number
  /** Happens again and again. */
  everyMs?: number
  /** Instead of a time: every which job of each account, or of the one that it names, the fault meets. */
  everyJobs?: number
  /** The first job that it meets. Default: `everyJobs`. */
  fromJob?: number
  /** How often in all; without it, for as long as the simulator runs. */
  times?: number
  /** Queues a fault for the next thing that it fits. */
  fault?: Targeted<OneShotFault>
  /** Changes the rates of chance. */
  rates?: Partial<FaultSettings>
  /** Changes an account, or what is said of all. */
  change?: AccountChanges & { account?: number }
}

/** A named weather: options, and what happens as time goes on. */
export interface Scenario {
  about: string
  options: SimulatorOptions
  script: readonly ScenarioStep[]
}

const folder = new URL('../scenarios/', import.meta.url)

/** The scenarios that come with the simulator. */
export const scenarioNames = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort()

/** A scenario by its name, or by the path of a JSON file. Throws a RangeError that names what is wrong. */
export function readScenario(name: string): Scenario {
  const path = /^[a-z0-9-]+$/.test(name) ? fileURLToPath(new URL(`${name}.json`, folder)) : name
  if (!existsSync(path))
    throw new RangeError(`there is no scenario ${name}; there are ${scenarioNames().join(', ')}`)
  return checked(name, parse(name, readFileSync(path, 'utf8')))
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RangeError(`scenario ${name} is not JSON`)
  }
}

function checked(name: string, value: unknown): Scenario {
  const complaint = complaintAbout(value)
  if (complaint !== null) throw new RangeError(`scenario ${name}: ${complaint}`)
  // The rules have looked at every field.
  return { about: '', options: {}, script: [], ...(value as Partial<Scenario>) }
}

/** Lets the script happen. */
export function playScenario({ script }: Scenario, simulator: Simulator, time: SimulatedTime): void {
  for (const step of script) {
    const { fault, everyJobs, fromJob } = step
    if (everyJobs === undefined)
      schedule(step, simulator, time, step.atMs ?? 0, step.times ?? Number.POSITIVE_INFINITY)
    else if (fault)
      simulator.faults.every({ fault, everyJobs, ...(fromJob === undefined ? {} : { fromJob }) })
  }
}

function schedule(
  step: ScenarioStep,
  simulator: Simulator,
  time: SimulatedTime,
  inMs: number,
  times: number,
): void {
  time.after(inMs, () => {
    happen(step, simulator)
    if (step.everyMs !== undefined && times > 1) schedule(step, simulator, time, step.everyMs, times - 1)
  })
}

function happen({ fault, rates, change }: ScenarioStep, simulator: Simulator): void {
  if (fault) simulator.faults.once(fault)
  if (rates) simulator.faults.set(rates)
  if (!change) return
  const { account, ...changes } = change
  const which = account === undefined ? simulator.accounts.map(({ index }) => index) : [account]
  for (const index of which) simulator.setAccount(index, changes)
}
