import { posix } from 'node:path'

/** What the files of one part may import besides each other. Its part is a file's first folder, or else its name. */
export interface PartRule {
  /** Parts (`jobs`) or single files of them (`accounts/pool.ts`). */
  ours: readonly string[]
  /** Node's modules and packages; any where it is not given. */
  others?: readonly string[]
}

export interface ImportRules {
  parts: Record<string, PartRule>
  /** The files that may read the environment. */
  env: readonly string[]
}

interface Import {
  from: string
  to: string
  /** Gone at run time. */
  onlyType: boolean
}

/**
 * Everything in a source tree that goes against the rules, one sentence each. `files` gives the text of each file by its
 * path below `src`; a part without a rule is an error too, so that a new one gets its place in the table.
 */
export function findViolations(files: ReadonlyMap<string, string>, rules: ImportRules): string[] {
  const imports = [...files].flatMap(([from, text]) => importsOf(from, text))
  return [
    ...imports.flatMap((each) => againstDirection(each, rules)),
    ...[...files].flatMap(([file, text]) => readsEnvironment(file, text, rules)),
    ...cycles(imports.filter(({ to, onlyType }) => files.has(to) && !onlyType)),
  ]
}

const partOf = (file: string): string => file.split('/')[0]?.replace(/\.ts$/, '') ?? file

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[\w$*\s{},]+\s+from\s+)?['"]([^'"]+)['"]/gm
const dynamicImport = /\bimport\(()\s*['"]([^'"]+)['"]/g

function importsOf(from: string, text: string): Import[] {
  return [...text.matchAll(statement), ...text.matchAll(dynamicImport)].map(([, type, named = '']) => {
    const to = named.startsWith('.') ? posix.join(posix.dirname(from), named) : named
    return { from, to, onlyType: Boolean(type) }
  })
}

function againstDirection({ from, to }: Import, rules: ImportRules): string[] {
  const rule = rules.parts[partOf(from)]
  if (rule === undefined) return [`${from}: the part ${partOf(from)} is not in the table`]
  const allowed = isOurs(to)
    ? partOf(to) === partOf(from) ||
      rule.ours.includes(partOf(to)) ||
      rule.ours.some((one) => one === to || (one.includes('/') && to.startsWith(`${one}/`)))
    : (rule.others?.includes(to) ?? true)
  return allowed ? [] : [`${from} must not import ${to}`]
}

/** A package's name never ends like one of our files. */
const isOurs = (to: string): boolean => to.endsWith('.ts') || to.startsWith('..')

function readsEnvironment(file: string, text: string, rules: ImportRules): string[] {
  return /\bprocess\.env\b/.test(text) && !rules.env.includes(file)
    ? [`${file} must not read process.env`]
    : []
}

/** One sentence for each import that closes a circle. */
function cycles(imports: Import[]): string[] {
  const targets = new Map<string, string[]>()
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to])
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, path: string[]) => {
    const start = path.indexOf(file)
    if (start >= 0) found.push(`circle: ${[...path.slice(start), file].join(' → ')}`)
    if (start >= 0 || done.has(file)) return
    for (const to of targets.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return found
}
