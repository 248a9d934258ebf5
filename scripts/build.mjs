import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Stop, say, succeeds } from './machine.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const stamp = join(dist, '.built-from')
const alsoInputs = ['tsconfig.json', 'config/tsconfig.build.json', 'package-lock.json']

/** Compiles `src` to `dist`, with whatever is not TypeScript beside it; does nothing when that is done already. */
export function build() {
  const sources = listFiles('src')
  const inputs = hash([...sources, ...alsoInputs])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return

  say('Building …')
  // A folder beside the old one, put in its place at the end: whoever starts meanwhile finds a whole build.
  const next = join(root, `dist-${process.pid}`)
  try {
    mkdirSync(next, { recursive: true })
    writeFileSync(join(next, '.gitignore'), '*\n')
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    if (!succeeds([tsc, '-p', 'config/tsconfig.build.json', '--outDir', next], { cwd: root })) {
      throw new Stop('The build failed; the compiler says above why.')
    }
    for (const file of sources.filter((file) => !file.endsWith('.ts'))) {
      cpSync(join(root, file), join(next, file.slice('src/'.length)), { recursive: true })
    }
    writeFileSync(join(next, '.built-from'), inputs)
    rmSync(dist, { recursive: true, force: true })
    renameSync(next, dist)
  } finally {
    rmSync(next, { recursive: true, force: true })
  }
}

const listFiles = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length))
    .sort()

function hash(files) {
  const digest = createHash('sha256')
  for (const file of files)
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return digest.digest('hex')
}
