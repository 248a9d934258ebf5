import { expect, test } from 'vitest'
import { JobErrands } from '../../../src/accounts/job-errands.ts'

type Parts = ConstructorParameters<typeof JobErrands>[0]

function errands() {
  const fetched: string[] = []
  const fetchFile = async (url: string) => {
    fetched.push(url)
    return { ok: true as const, value: { bytes: Buffer.from('picture'), contentType: null } }
  }
  // A fetch touches nothing else of the account.
  const parts = { cdnUrl: 'https://cdn.example/', rest: { fetchFile } } as unknown as Parts
  return { fetched, errands: new JobErrands(parts) }
}

test('hands back a file of the CDN in base64', async () => {
  const { errands: one, fetched } = errands()
  const reply = await one.fetch('https://cdn.example/a/b.png?ex=1')
  expect(reply).toMatchObject({ answered: true, text: Buffer.from('picture').toString('base64') })
  expect(fetched).toEqual(['https://cdn.example/a/b.png?ex=1'])
})

test.each([
  'http://cdn.example/a.png',
  'https://cdn.example:8443/a.png',
  'https://cdn.example.evil/a.png',
  'https://cdn.example@evil.example/a.png',
  'http://169.254.169.254/latest',
  'file:///etc/passwd',
  'nonsense',
])('fetches nothing from %s', async (url) => {
  const { errands: one, fetched } = errands()
  await expect(one.fetch(url)).rejects.toMatchObject({ code: 'upstream-refused' })
  expect(fetched).toEqual([])
})
