import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import {
  checkUrl,
  isPublicAddress,
  publicLookup,
  RefusedAddressError,
} from '../../../src/webhooks/address-guard.ts'

const privateHosts = [
  '127.0.0.1',
  '127.8.9.10',
  '2130706433',
  '0x7f.1',
  '017700000001',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '192.0.0.8',
  '192.0.2.1',
  '198.18.0.1',
  '203.0.113.7',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[ff02::1]',
  '[2001:db8::1]',
  '[fec0::1]',
  '[::127.0.0.1]',
]

test.each(privateHosts)('refuses %s', (host) => {
  const url = new URL(`http://${host}/hook`)
  expect(() => checkUrl(url, { allowPrivate: false })).toThrow(RefusedAddressError)
  expect(() => checkUrl(url, { allowPrivate: true })).not.toThrow()
})

test.each(['1.1.1.1', '[2606:4700::1111]', '[::ffff:1.1.1.1]', 'hooks.example.com'])(
  'lets %s through',
  (host) => {
    expect(() => checkUrl(new URL(`https://${host}/hook`), { allowPrivate: false })).not.toThrow()
  },
)

test.each(['ftp://hooks.example/x', 'file:///etc/passwd', 'https://me:secret@hooks.example/', 'data:,x'])(
  'refuses %s wherever it leads',
  (url) => {
    expect(() => checkUrl(new URL(url), { allowPrivate: true })).toThrow(RefusedAddressError)
  },
)

test('holds what is no address for private', () => {
  expect(isPublicAddress('nonsense')).toBe(false)
})

/** What the guarded resolver gives where the name has these addresses. */
function looked(addresses: LookupAddress[], all: boolean): Promise<unknown> {
  const lookup = publicLookup(isPublicAddress, (_, __, callback) => callback(null, addresses))
  return new Promise((resolve, reject) => {
    lookup('hooks.example', { all }, (error, address) => (error ? reject(error) : resolve(address)))
  })
}

const inside = { address: '10.0.0.1', family: 4 }
const outside = { address: '1.1.1.1', family: 4 }

test('resolves to the public addresses of a name only', async () => {
  expect(await looked([inside, outside], true)).toEqual([outside])
  expect(await looked([inside, outside], false)).toBe('1.1.1.1')
})

test('refuses a name that resolves to private addresses only', async () => {
  await expect(looked([inside, { address: '::1', family: 6 }], true)).rejects.toThrow(RefusedAddressError)
})

test('hands a failure of the resolver on', async () => {
  const lookup = publicLookup(isPublicAddress, (_, __, callback) => callback(new Error('ENOTFOUND'), []))
  const failure = new Promise((resolve) => lookup('x', { all: true }, (error) => resolve(error?.message)))
  expect(await failure).toBe('ENOTFOUND')
})
