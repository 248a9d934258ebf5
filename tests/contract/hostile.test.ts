import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heavyBodies } from './fuzz/heavy.ts'
import { operationsOf } from './fuzz/operations.ts'
import { exchange, onTheWire } from './fuzz/wire.ts'
import { startWorld } from './fuzz/world.ts'

const patienceMs = 20_000

let world: Awaited<ReturnType<typeof startWorld>>
let port: number
let payer: Record<string, string>
let before: Awaited<ReturnType<typeof world.account>>

beforeAll(async () => {
  world = await startWorld()
  await world.app.listen({ host: '127.0.0.1', port: 0 })
  port = (world.app.server.address() as AddressInfo).port
  payer = world.knowledge.credentials[0] ?? {}
  before = await world.account(new Set())
})
afterAll(async () => {
  expect(await world.account(new Set())).toEqual(before)
  expect(world.complaints).toEqual([])
  await world.close()
})

test.each(Object.entries(onTheWire))('%s on the wire is answered or hung up on', async (_, bytes) => {
  const heard = await exchange(port, bytes, patienceMs)
  for (const [, status] of heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm))
    expect(Number(status), heard).toBeLessThan(500)
  expect(heard).not.toMatch(/root:|"dependencies"|granted|<script/)
  expect(await exchange(port, onTheWire['HTTP/1.0 without a host'] ?? '', patienceMs)).toContain('200 OK')
})

test.each(Object.entries(heavyBodies))('%s makes no job and no failure', async (_, { type, make }) => {
  for (const { method, path, bodies } of await operationsOf(world.app)) {
    // The families of one mode are `/mj` again.
    if (method !== 'POST' || /^\/mj-/.test(path)) continue
    const [name = 'prompt'] = bodies.flatMap(
      ([, schema]) => schema.required ?? Object.keys(schema.properties ?? {}),
    )
    const headers = { 'content-type': type, ...payer }
    const url = path.replace(/\{[^}]+\}/g, '1700000000000123')
    const answer = await world.app.inject({ method, url, headers, payload: make(name) })
    expect(answer.statusCode, `${path} ${answer.body.slice(0, 300)}`).toBeLessThan(500)
  }
})
