import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { AwsV4Signer } from 'aws4fetch'
import { Agent, type Dispatcher, request } from 'undici'
import type { FileKey, ImageStore, Listed } from './store.ts'

export interface S3Options {
  /** Of the service; the bucket becomes the first part of the path. */
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** In front of all keys, so that a bucket can be shared. */
  prefix?: string
}

interface Call {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Absent: the bucket itself. */
  key?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: { path: string; size: number; sha256: string }
}

/** SHA-256 of nothing: the signature covers the content, also where there is none. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const silenceMs = 60_000

/** Files in a bucket of any service that speaks S3, with addresses in path style and signatures of version 4. */
export function createS3Store(options: S3Options): ImageStore & { close(): Promise<void> } {
  const { bucket, region, accessKeyId, secretAccessKey, prefix = 'images/' } = options
  const endpoint = options.endpoint.replace(/\/+$/, '')
  const dispatcher = new Agent({ headersTimeout: silenceMs, bodyTimeout: silenceMs })
  const keyOf = ({ jobId, name }: FileKey) => `${prefix}${jobId}/${name}`

  async function call({ method, key = '', query, headers, body }: Call): Promise<Dispatcher.ResponseData> {
    const search = query ? `?${new URLSearchParams(query)}` : ''
    const signed = await new AwsV4Signer({
      method,
      url: `${endpoint}/${bucket}${key && `/${key}`}${search}`,
      headers: { ...headers, 'x-amz-content-sha256': body?.sha256 ?? emptyHash },
      service: 's3',
      region,
      accessKeyId,
      secretAccessKey,
    }).sign()
    return request(signed.url, {
      method,
      dispatcher,
      headers: {
        ...Object.fromEntries(signed.headers),
        ...(body ? { 'content-length': String(body.size) } : {}),
      },
      ...(body ? { body: createReadStream(body.path) } : {}),
    })
  }

  async function* objects(under: string): AsyncIterable<Listed> {
    let continuation: string | undefined
    do {
      const query = {
        'list-type': '2',
        prefix: under,
        ...(continuation ? { 'continuation-token': continuation } : {}),
      }
      const answer = await call({ method: 'GET', query })
      if (answer.statusCode !== 200) throw await refusal('list', answer)
      const page = await answer.body.text()
      for (const [, entry = ''] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const listed = listedFrom(entry, prefix)
        if (listed) yield listed
      }
      continuation = textOf(page, 'NextContinuationToken')
    } while (continuation)
  }

  return {
    async put(file, path) {
      const { contentType, size, sha256 } = file
      const answer = await call({
        method: 'PUT',
        key: keyOf(file),
        headers: { 'content-type': contentType, 'x-amz-meta-sha256': sha256 },
        body: { path, size, sha256 },
      })
      if (answer.statusCode !== 200) throw await refusal('put', answer)
      await answer.body.dump()
      await rm(path, { force: true })
    },

    async stat({ jobId, name }) {
      const answer = await call({ method: 'HEAD', key: keyOf({ jobId, name }) })
      const { statusCode, headers } = answer
      if (statusCode === 404) return done(answer, null)
      const sha256 = headers['x-amz-meta-sha256']
      const contentType = headers['content-type']
      if (statusCode !== 200) throw await refusal('stat', answer)
      if (typeof sha256 !== 'string' || typeof contentType !== 'string') return done(answer, null)
      return done(answer, { jobId, name, contentType, sha256, size: Number(headers['content-length']) })
    },

    async read(key, range) {
      const answer = await call({
        method: 'GET',
        key: keyOf(key),
        ...(range ? { headers: { range: `bytes=${range.start}-${range.end}` } } : {}),
      })
      if (answer.statusCode === 404) return done(answer, null)
      if (answer.statusCode !== (range ? 206 : 200)) throw await refusal('read', answer)
      return answer.body
    },

    async remove(key) {
      const answer = await call({ method: 'DELETE', key: keyOf(key) })
      if (answer.statusCode !== 204 && answer.statusCode !== 404) throw await refusal('remove', answer)
      await answer.body.dump()
    },

    async names(jobId) {
      const names: string[] = []
      for await (const { name } of objects(`${prefix}${jobId}/`)) names.push(name)
      return names
    },

    list: () => objects(prefix),
    close: () => dispatcher.close(),
  }
}

async function done<Value>({ body }: Dispatcher.ResponseData, value: Value): Promise<Value> {
  await body.dump()
  return value
}

/** What the service said, as an error: its code alone, for its sentences may repeat what we sent. */
async function refusal(what: string, { statusCode, body }: Dispatcher.ResponseData): Promise<Error> {
  const code = textOf(await body.text(), 'Code')
  return new Error(`S3 ${what}: status ${statusCode}${code ? `, ${code}` : ''}`)
}

/** Keys are of our own making and hold nothing that XML would write differently; others are not ours. */
function listedFrom(entry: string, prefix: string): Listed | null {
  const [jobId, name, ...rest] = (textOf(entry, 'Key') ?? '').slice(prefix.length).split('/')
  if (!jobId || !name || rest.length > 0) return null
  const storedAt = Date.parse(textOf(entry, 'LastModified') ?? '')
  return { jobId, name, size: Number(textOf(entry, 'Size')), storedAt }
}

const textOf = (xml: string, tag: string): string | undefined =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1]
