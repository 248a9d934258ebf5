import { cpus } from 'node:os'
import { growth } from './growth.ts'
import { idleDispatch } from './idle-dispatch.ts'
import { makespan } from './makespan.ts'
import { submitThroughput } from './submit-throughput.ts'

export interface Benchmark {
  name: string
  /** What must hold (design figures). */
  goal: string
  run(): Promise<{ figure: string; value: string }[]>
}

const benchmarks: Benchmark[] = [submitThroughput, idleDispatch, makespan, growth]

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const chosen = benchmarks.filter(
  ({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
)
if (chosen.length === 0) {
  process.stderr.write(`no such benchmark; there are ${benchmarks.map(({ name }) => name).join(', ')}\n`)
  process.exit(1)
}
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}\n`,
)
for (const { name, goal, run } of chosen) {
  process.stdout.write(`\n${name}: ${goal}\n`)
  for (const { figure, value } of await run()) process.stdout.write(`  ${figure.padEnd(44)} ${value}\n`)
}
process.exit(0)
