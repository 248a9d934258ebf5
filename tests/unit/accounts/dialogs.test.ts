import { expect, test } from 'vitest'
import { Custody } from '../../../src/accounts/custody.ts'
import { Dialogs } from '../../../src/accounts/dialogs.ts'
import type { DialogReply } from '../../../src/accounts/dispatcher.ts'
import { InFlight } from '../../../src/accounts/in-flight.ts'
import type { AccountStore } from '../../../src/accounts/ports.ts'
import type { AccountId, JobId, NodeId } from '../../../src/ids.ts'
import type { HeldJob } from '../../../src/jobs/job.ts'
import { defaultLimits } from '../../../src/jobs/policy.ts'
import type { OpenedDialog } from '../../../src/midjourney/parse/dialog.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const editor: OpenedDialog = {
  id: '1',
  nonce: '7',
  channelId: null,
  dialog: 'region',
  customId: 'MJ::iframe::x',
  title: 'Editor',
  uuid: null,
  fields: [],
  iframePath: '/inpaint/index.html?customId=MJ::iframe::x&token=t',
  token: 't',
}

const regionJob: HeldJob = {
  id: 'a' as JobId,
  token: null,
  root: 'a' as JobId,
  request: {
    kind: 'action',
    parent: 'b' as JobId,
    messageId: '5',
    messageFlags: 0,
    customId: 'MJ::Inpaint::1::x::SOLO',
    prompt: 'a fox',
    answer: { prompt: 'a hat', mask: { filename: 'mask.png', contentType: 'image/png' } },
  },
  lane: 'fast',
  charge: 1,
  queuedAt: 0,
  notices: [],
  attempts: 1,
  seed: null,
  startedAt: null,
  state: 'sent',
  account: '1' as AccountId,
  track: { nonces: ['7'] },
  assignedAt: 0,
  sendingAt: 0,
}

/** The dialogs of an account that holds one job; `replies` are the answers that wait to be sent. */
function dialogsOf(job: HeldJob) {
  const clock = new ManualClock()
  const inFlight = new InFlight()
  inFlight.put(job)
  const replies: DialogReply[] = []
  const partial: Partial<AccountStore> = {
    record: async () => 'written',
    blobs: async () => [Buffer.from('m')],
  }
  const store = partial as AccountStore
  const lease = { account: job.account, node: 'node' as NodeId, epoch: 1 }
  const released = () => {}
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const never = (): never => {
    throw new Error('not to be called')
  }
  const dialogs = new Dialogs({
    store,
    custody: new Custody({
      lease,
      store,
      inFlight,
      limits: defaultLimits,
      clock,
      onReleased: released,
      onDone: released,
    }),
    health: { apply: never } as never,
    dispatcher: { reply: (_, reply) => void replies.push(reply) },
    writer: { modal: never } as never,
    rest: { interact: never },
    activities: { submitRegion: never },
    limits: defaultLimits,
    clock,
    log: silent,
  })
  return { dialogs, replies }
}

test('answers the region editor that a click has opened', async () => {
  const { dialogs, replies } = dialogsOf(regionJob)
  await dialogs.opened(regionJob, editor)
  expect(replies).toHaveLength(1)
})

test('the same window, told once more after it was answered, is not answered again', async () => {
  const answered = { ...regionJob, track: { nonces: ['7'], answered: true as const } }
  const { dialogs, replies } = dialogsOf(answered)
  await dialogs.opened(answered, editor)
  expect(replies).toHaveLength(0)
})
