import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { AccountOptions, Era, PictureSize, Ports, SimulatorOptions } from './options.ts'
import { readScenario } from './scenario/scenario.ts'

export const usage = `npm run simulator -- [options]

  --scenario NAME     a named weather, or a file with one: calm, moderation-storm, … (docs/simulator.md)
  --accounts N        how many accounts (4), or a JSON file with a list of them
  --speed N           how many times faster than life the bot works (1)
  --seed N            everything random follows from it (1)
  --era 2023|2026     which form messages have (2026)
  --pictures SIZE     real, small or tiny (real)
  --strangers N       other people's jobs per channel and minute (0)
  --heartbeat MS      heartbeat_interval (41250)
  --api-port, --gateway-port, --cdn-port, --control-port, --activities-port, --proxy-port
                      9000, 9001, 9002, 9003, 8999, 9004 and upwards; 0 takes any free port

Each can be set by the environment as well: SIMULATOR_ACCOUNTS, SIMULATOR_API_PORT, …`

const names = [
  'scenario',
  'accounts',
  'speed',
  'seed',
  'era',
  'pictures',
  'strangers',
  'heartbeat',
  'api-port',
  'gateway-port',
  'cdn-port',
  'control-port',
  'activities-port',
  'proxy-port',
] as const
type Name = (typeof names)[number]

/** Options from flags, else from the environment, else defaults. Throws a RangeError with a sentence for the person who typed. */
export function readArguments(args: string[], env: NodeJS.ProcessEnv): SimulatorOptions | 'help' {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const parsed = parseArgs({ args, options: { ...options, help: { type: 'boolean' } } })
  const values: Record<string, unknown> = parsed.values
  if (values['help']) return 'help'
  const given = (name: Name): string | undefined => {
    const flag = values[name]
    return typeof flag === 'string' ? flag : env[`SIMULATOR_${name.toUpperCase().replace('-', '_')}`]
  }
  const number = (name: Name, otherwise: number): number => {
    const value = Number(given(name) ?? otherwise)
    if (Number.isFinite(value) && value >= 0) return value
    throw new RangeError(`--${name} must be a number, not ${given(name)}`)
  }
  const scenario = given('scenario')
  const weather = scenario === undefined ? {} : readScenario(scenario).options
  const accounts = given('accounts')
  return {
    ...(scenario === undefined ? {} : { scenario }),
    accounts: accounts === undefined ? (weather.accounts ?? 4) : accountsFrom(accounts),
    speed: number('speed', weather.speed ?? 1),
    seed: number('seed', weather.seed ?? 1),
    era: choice<Era>('era', given('era') ?? weather.era ?? '2026', ['2023', '2026']),
    pictureSize: choice<PictureSize>('pictures', given('pictures') ?? weather.pictureSize ?? 'real', [
      'real',
      'small',
      'tiny',
    ]),
    foreignJobsPerMinute: number('strangers', weather.foreignJobsPerMinute ?? 0),
    heartbeatIntervalMs: number('heartbeat', weather.heartbeatIntervalMs ?? 41_250),
    ports: portsFrom(number),
  }
}

function portsFrom(number: (name: Name, otherwise: number) => number): Ports {
  return {
    api: number('api-port', 9000),
    gateway: number('gateway-port', 9001),
    cdn: number('cdn-port', 9002),
    control: number('control-port', 9003),
    activities: number('activities-port', 8999),
    proxy: number('proxy-port', 9004),
  }
}

function choice<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found) return found
  throw new RangeError(`--${name} must be one of ${allowed.join(', ')}, not ${value}`)
}

function accountsFrom(text: string): number | AccountOptions[] {
  if (/^\d+$/.test(text)) return Number(text)
  const list: unknown = JSON.parse(readFileSync(text, 'utf8'))
  if (Array.isArray(list)) return list
  throw new RangeError(`${text} holds no list of accounts`)
}
