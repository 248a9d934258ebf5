import { expect, test } from 'vitest'
import { Capacity } from '../../../src/accounts/capacity.ts'

test('what others run on an account leaves so many slots fewer, down to none', () => {
  const capacity = new Capacity(3)
  capacity.foreignRunning(2)
  expect(capacity.slots).toBe(1)
  capacity.foreignRunning(5)
  expect(capacity.slots).toBe(0)
  capacity.planned(12)
  expect(capacity.slots).toBe(7)
})

test('a full queue allows what runs then, until something moves in it', () => {
  const capacity = new Capacity(3)
  capacity.botFull(2)
  capacity.botQueued()
  expect(capacity).toMatchObject({ slots: 2, queueStatus: 'full' })
  capacity.botFull(0)
  expect(capacity.slots).toBe(1)
  capacity.botIdle()
  expect(capacity).toMatchObject({ slots: 3, queueStatus: 'idle' })
})
