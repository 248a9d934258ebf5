import closeWithGrace from 'close-with-grace'
import { readArguments, usage } from './arguments.ts'
import type { Simulator } from './control.ts'
import { startSimulator } from './simulator.ts'

/** The process behind `npm run simulator`. */
async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2), process.env)
  if (options === 'help') {
    console.log(usage)
    return
  }
  const simulator = await startSimulator(options)
  closeWithGrace({ delay: 3_000, logger: false }, () => simulator.close())
  console.log(welcome(simulator))
}

function welcome({ urls, accounts }: Simulator): string {
  const entries = accounts.map(({ token, channelId, mode }) => ({
    token,
    channel: channelId,
    proxy: '',
    pattern_type: mode === 'relax' ? 'relax' : 'fast',
  }))
  return `The simulator listens. It is not Discord, and these are not secrets.

token_channels.json
${JSON.stringify(entries, null, 2)}

Point Drawbridge at it:
DISCORD_API_URL=${urls.api}
DISCORD_GATEWAY_URL=${urls.gateway}
DISCORD_CDN_URL=${urls.cdn}
DISCORD_ACTIVITIES_URL=${urls.activities}

Proxies, one per account, for the field "proxy":
${accounts.map(({ proxyUrl }) => proxyUrl).join('\n')}

Watch and disturb it: curl -s ${urls.control}/truth/jobs   (docs/simulator.md)
Ctrl-C ends it.`
}

main().catch((error: unknown) => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const expected = error instanceof RangeError || code.startsWith('ERR_PARSE_ARGS') || code === 'EADDRINUSE'
  console.error(expected && error instanceof Error ? `${error.message}\n\n${usage}` : error)
  process.exitCode = 1
})
