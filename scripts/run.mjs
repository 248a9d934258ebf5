#!/usr/bin/env node
// Every npm script of this package: what it needs, then what it runs. `npm run <name> -- <arguments>`.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'
import { runService, runTool } from './child.mjs'
import { Stop, say } from './machine.mjs'
import { setUp } from './setup.mjs'
import { runTests } from './test.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tool = (name) => join(root, 'node_modules', '.bin', name)
const built = (file) => [process.execPath, join(root, 'dist', file)]

const hasRedis = ['REDIS_URL', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'].some((name) => process.env[name])
const gatewayNeeds = hasRedis ? ['dependencies'] : ['dependencies', 'redis']

const commands = {
  build: { needs: ['dependencies'], build: true, run: () => 0 },
  start: { needs: gatewayNeeds, build: true, run: (args) => runService([...built('main.js'), ...args]) },
  simulator: {
    needs: ['dependencies'],
    build: true,
    run: (args) => runService([...built('simulator/main.js'), ...args]),
  },
  dev: {
    needs: gatewayNeeds,
    run: (args) => runTool([tool('tsx'), 'watch', ...args, 'src/main.ts'], { cwd: root }),
  },
  demo: {
    needs: ['dependencies', 'redis'],
    build: true,
    run: async (args) => (await import('./demo.mjs')).runDemo(args),
  },
  test: {
    needs: ['dependencies', 'redis', 'chromium'],
    build: true,
    run: (args) => runTests(tool('vitest'), args, { cwd: root }),
  },
  bench: {
    needs: ['dependencies', 'redis'],
    build: true,
    run: (args) => runTool([tool('tsx'), 'bench/main.ts', ...args], { cwd: root }),
  },
  lint: { needs: ['dependencies'], run: (args) => runTool([tool('biome'), 'check', ...args], { cwd: root }) },
  format: {
    needs: ['dependencies'],
    run: (args) => runTool([tool('biome'), 'check', '--write', ...args], { cwd: root }),
  },
  typecheck: {
    needs: ['dependencies'],
    run: (args) => runTool([tool('tsc'), '-p', '.', ...args], { cwd: root }),
  },
}

async function main([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined
  if (command === undefined) throw new Stop(`Commands: ${Object.keys(commands).join(', ')}`)
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Stop(`Drawbridge needs Node.js 20.19 or newer; this is ${process.version}.`)
  }
  setUp(command.needs)
  if (command.build) build()
  return command.run(args)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  say(error instanceof Stop ? error.message : error.stack)
  // Whoever reads only the closing line must not take tests that could not begin for tests that passed.
  if (process.argv[2] === 'test') process.stdout.write('\n0 passed, 1 failed\n')
  process.exitCode = 1
}
