import { createClock } from '../../../src/clock.ts'
import {
  type GatewayEvent,
  GatewaySession,
  type GatewaySessionOptions,
  type GatewaySessionRecord,
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
  /** What could still be resumed, at each loss. */
  const leftWith: (GatewaySessionRecord | null)[] = []
  let gaps = 0
  const session: GatewaySession = new GatewaySession({
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
      if (state.state === 'waiting') leftWith.push(session.record)
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
  return { session, states, leftWith, events, lines, gaps: () => gaps }
}
