import type { Clock } from '../clock.ts'
import type { Upstream } from './ports.ts'

/** How long an answer is used again (ms): a fresh address is good for a day, a refusal may end soon. */
const keptMs = { fresh: 60 * 60_000, none: 30_000 }
const mostKept = 10_000

interface Answer {
  fresh: Promise<string | null>
  until: number
}

/**
 * The same way to Discord's files, which asks at most once for the same fresh address: links are public, and whoever calls
 * one again and again must not make an account ask Discord as often.
 */
export function rememberingFresh(upstream: Upstream, clock: Clock): Upstream {
  const answers = new Map<string, Answer>()

  function ask(account: string, url: string): Promise<string | null> {
    const known = answers.get(url)
    if (known && clock.now() < known.until) return known.fresh
    // Not stopped with the one who asked first: others wait for the same answer.
    const fresh = upstream.refreshUrls(account, [url]).then(([found]) => found ?? null)
    const answer: Answer = { fresh, until: clock.now() + keptMs.fresh }
    const shorten = () => {
      answer.until = clock.now() + keptMs.none
    }
    fresh.then((found) => found === null && shorten(), shorten)
    if (answers.size >= mostKept) answers.clear()
    answers.set(url, answer)
    return fresh
  }

  return {
    fetchFile: upstream.fetchFile,
    refreshUrls: (account, urls) => Promise.all(urls.map((url) => ask(account, url))),
  }
}
