import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AccountChanges, Simulator } from './control.ts'
import type { FaultSettings, OneShotFault, Targeted } from './faults/fault-types.ts'
import type { SimulatorOptions } from './options.ts'
import type { SimulatedTime } from './time.ts'

/** One thing that happens at a time of the script, in simulated milliseconds from the start. */
export interface ScenarioStep {
  /** When it happens first. Default 0. */
  atMs?: number
  /** Happens again and again. */
  everyMs?: number
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

const folder = new URL('./scenarios/', import.meta.url)
const keys = ['about', 'options', 'script']
const stepKeys = ['atMs', 'everyMs', 'times', 'fault', 'rates', 'change']

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
  const wrong = (what: string) => new RangeError(`scenario ${name}: ${what}`)
  if (!isObject(value)) throw wrong('expected an object')
  const odd = Object.keys(value).find((key) => !keys.includes(key))
  if (odd !== undefined) throw wrong(`${odd} is not one of ${keys.join(', ')}`)
  const { about = '', options = {}, script = [] } = value
  if (typeof about !== 'string') throw wrong('about must be a text')
  if (!isObject(options)) throw wrong('options must be an object')
  if (!Array.isArray(script)) throw wrong('script must be a list')
  for (const [index, step] of script.entries()) {
    const at = `script[${index}]`
    if (!isObject(step)) throw wrong(`${at} must be an object`)
    const unknown = Object.keys(step).find((key) => !stepKeys.includes(key))
    if (unknown !== undefined) throw wrong(`${at}.${unknown} is not one of ${stepKeys.join(', ')}`)
    for (const key of ['atMs', 'everyMs', 'times']) {
      const number = step[key]
      if (number !== undefined && !(typeof number === 'number' && number >= 0))
        throw wrong(`${at}.${key} must be a number`)
    }
    if (!step.fault && !step.rates && !step.change)
      throw wrong(`${at} does nothing: it needs fault, rates or change`)
  }
  return { about, options: options as SimulatorOptions, script: script as ScenarioStep[] }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Lets the script happen. */
export function playScenario({ script }: Scenario, simulator: Simulator, time: SimulatedTime): void {
  for (const step of script)
    schedule(step, simulator, time, step.atMs ?? 0, step.times ?? Number.POSITIVE_INFINITY)
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
