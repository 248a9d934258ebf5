import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findProgram, Stop, say, succeeds } from './machine.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What a command may need of the machine besides Node and npm: how it is recognised, and what it is called where. */
const programs = {
  redis: {
    names: ['redis-server'],
    otherwise: 'or set REDIS_URL to a Redis of yours',
    packages: { 'apt-get': 'redis-server', apk: 'redis', dnf: 'redis', pacman: 'redis', brew: 'redis' },
  },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    otherwise: 'the tests of the pages need it, nothing else does',
    packages: {
      'apt-get': 'chromium',
      apk: 'chromium',
      dnf: 'chromium',
      pacman: 'chromium',
      brew: 'chromium',
    },
  },
}

const managers = {
  'apt-get': {
    refresh: ['apt-get', 'update'],
    install: ['apt-get', 'install', '-y', '--no-install-recommends'],
  },
  apk: { install: ['apk', 'add'] },
  dnf: { install: ['dnf', 'install', '-y'] },
  pacman: { install: ['pacman', '-S', '--noconfirm', '--needed'] },
  brew: { install: ['brew', 'install'], asUser: true },
}

/** Keeps installers from asking, and Debian from starting the server that it has just unpacked: we start our own. */
const unattended = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }

/** Installs those of `needs` that are missing; silent and quick when none is. */
export function setUp(needs) {
  if (needs.includes('dependencies')) ensureDependencies()
  for (const need of Object.keys(programs)) {
    if (needs.includes(need)) ensureProgram(programs[need])
  }
}

function ensureDependencies() {
  if (areDependenciesCurrent()) return
  say('Installing the dependencies (npm ci) …')
  // Also where NODE_ENV says production: the compiler is a development dependency.
  const ci = [...npm(), 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  if (!succeeds(ci, { cwd: root }))
    throw new Stop('The dependencies could not be installed; npm says above why.')
}

/** The npm that runs us, else the one in PATH. */
function npm() {
  const running = process.env.npm_execpath
  return running?.endsWith('npm-cli.js') ? [process.execPath, running] : ['npm']
}

/** Compares what npm wrote down when it last installed with what the lock file asks for. */
function areDependenciesCurrent() {
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  if (wanted === undefined || installed === undefined) return false
  // Optional packages are those for other machines.
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional && installed[path] === undefined),
  )
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).packages
  } catch {
    return undefined
  }
}

function ensureProgram({ names, packages, otherwise }) {
  if (findProgram(...names)) return
  const manager = Object.keys(managers).find((name) => findProgram(name))
  if (manager === undefined) throw new Stop(`${names[0]} is missing: install it, ${otherwise}.`)

  const { refresh, install, asUser } = managers[manager]
  const steps = [...(refresh ? [refresh] : []), [...install, packages[manager]]]
  const inWords = (become) => steps.map((step) => [...become, ...step].join(' ')).join(' && ')

  const become = asUser ? [] : howToBecomeRoot()
  if (become === undefined) {
    throw new Stop(
      `${names[0]} is missing and only root may install it. Type:\n\n    ${inWords(['sudo'])}\n\n${otherwise}.`,
    )
  }
  say(`${names[0]} is missing, installing it: ${inWords(become)}`)
  for (const step of steps) {
    const env = become.length > 0 ? ['env', ...Object.entries(unattended).map((pair) => pair.join('='))] : []
    // A refresh that fails for one of many sources may still have brought what we need.
    const done = succeeds([...become, ...env, ...step], { env: unattended })
    if (!done && step !== refresh) throw new Stop(`That failed. Install ${names[0]} by hand, ${otherwise}.`)
  }
  if (!findProgram(...names))
    throw new Stop(`${packages[manager]} is installed, but ${names[0]} is not found.`)
}

/** The words to put before a command that only root may run; undefined where we may not. */
function howToBecomeRoot() {
  if (process.getuid?.() === 0) return []
  return findProgram('sudo') && succeeds(['sudo', '-n', 'true'], { quiet: true }) ? ['sudo', '-n'] : undefined
}
