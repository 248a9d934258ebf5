import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const stopWithinMs = 12_000

/** What a demo starts; any other process under an old pid is somebody else's. */
const ours = /dist\/main\.js|simulator-process\.mjs|redis-server/

/** Whether the process that wrote its pid first into `file` still runs. */
export function isRunning(file, looksLike) {
  const [first] = readPids(file)
  return first !== undefined && first !== process.pid && looksLike.test(commandLine(first))
}

/** Ends the processes named in `files` that an earlier demo, or its gateway, could not end itself. */
export async function endLeftovers(files) {
  for (const pid of files.flatMap(readPids)) {
    if (!ours.test(commandLine(pid))) continue
    tellToEnd(pid, 'SIGTERM')
    const giveUpAt = Date.now() + stopWithinMs
    while (ours.test(commandLine(pid)) && Date.now() < giveUpAt) await delay(20)
    if (ours.test(commandLine(pid))) tellToEnd(pid, 'SIGKILL')
  }
}

function readPids(file) {
  try {
    const pids = readFileSync(file, 'utf8').split('\n').map(Number)
    return pids.filter((pid) => pid > 1)
  } catch {
    return []
  }
}

/** What a process was started as; empty when there is none. */
function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? ''
  }
}

function tellToEnd(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
