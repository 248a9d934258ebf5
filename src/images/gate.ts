export type Gate = <Value>(work: () => Promise<Value>) => Promise<Value>

/** Lets at most `most` pieces of work run at a time; the others wait in the order they came. */
export function createGate(most: number): Gate {
  let free = most
  const waiting: (() => void)[] = []

  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
