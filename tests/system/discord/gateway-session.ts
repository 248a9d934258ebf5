import { createClock } from '../../../src/clock.ts'
import {
  type GatewayEvent,
  GatewaySession,
  type GatewaySessionOptions,
  type GatewayState,
} from '../../../src/discord/gateway/session.ts'
import type { Finishing } from '../../helpers/redis.ts'
import { keepingLog, token } from './rest-client.ts'

/** A session against a scripted gateway that keeps what it was told. Time runs fast; stopped when the test ends. */
export function gatewaySession(
  t: Finishing,
  { url }: { url: string },
  options: Partial<GatewaySessionOptions> = {},
) {
  const { log, lines } = keepingLog()
  const states: GatewayState[] = []
  const events: GatewayEvent[] = []
  let gaps = 0
  const session = new GatewaySession({
    token,
    gatewayUrl: url,
    agent: undefined,
    compression: 'none',
    resumeFrom: null,
    onDispatch: (event) => {
      events.push(event)
    },
    onState: (state) => {
      states.push(state)
    },
    onGap: () => {
      gaps += 1
    },
    clock: createClock(50),
    random: () => 0.5,
    log,
    ...options,
  })
  t.onTestFinished(() => session.stop({ keepSession: false }))
  return { session, states, events, lines, gaps: () => gaps }
}
