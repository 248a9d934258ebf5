import S3rver from 's3rver'
import type { S3Options } from '../../src/images/s3-store.ts'

/** A server that speaks S3 and checks signatures, with one bucket whose files lie in `dir`. */
export async function startS3(dir: string): Promise<{ options: S3Options; stop(): Promise<void> }> {
  const bucket = 'pictures'
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: dir,
    configureBuckets: [{ name: bucket, configs: [] }],
    vhostBuckets: false,
  })
  const { port } = await server.run()
  return {
    options: {
      endpoint: `http://127.0.0.1:${port}`,
      bucket,
      region: 'eu-central-1',
      // The one pair of keys that the server knows.
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
    },
    stop: () => server.close(),
  }
}
