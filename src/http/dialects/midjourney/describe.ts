import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { mostBytes } from '../../plugins/limits.ts'
import { answers, Refused } from './answers.ts'
import { endpoint } from './endpoint.ts'
import type { Family } from './family.ts'
import { fromDescribe } from './from-job.ts'
import * as schema from './schema.ts'
import { toJobId } from './to-request.ts'
import { readPicture } from './upload.ts'

const base64 = Type.Object({
  image: Type.String({ description: 'The picture in base64, or as a data URL.' }),
})
const form = Type.Object({ image: Type.String({ format: 'binary' }) })

/** describe and descjob. A scope of their own, because the reader of multipart bodies costs every request of its scope. */
export async function describeRoutes(app: FastifyInstance, family: Family): Promise<void> {
  const { jobs, directory } = family
  await app.register(multipart, { limits: { fileSize: mostBytes, files: 1, fields: 16, parts: 17 } })

  // The second address is that of the family's early versions.
  for (const url of ['/describe', '/desc']) {
    app.post(
      url,
      {
        schema: {
          hide: url === '/desc',
          summary: 'Have the bot describe a picture; costs nothing',
          tags: ['Midjourney'],
          body: {
            content: {
              'multipart/form-data': { schema: form },
              'application/json': { schema: base64 },
              'application/x-www-form-urlencoded': { schema: base64 },
            },
          },
          response: { 200: schema.describeView },
        },
        // The body is looked at where it is read: a file is no JSON.
        validatorCompiler: () => () => true,
      },
      async (request) => {
        const { bytes, contentType, extension } = await readPicture(request)
        const filename = `picture${extension}`
        const { id } = await jobs.describe({ token: null, bytes, filename, contentType })
        const job = await jobs.find(id)
        if (!job) throw new Refused(answers.cannotCreate)
        return fromDescribe(job, job.account ?? (await directory.anyOf(job.lane)))
      },
    )
  }

  endpoint(app, '/descjob', {
    summary: 'What the bot sees in the picture',
    params: schema.idParams,
    success: schema.describeView,
    refusals: { 400: answers.badRequest.body, 404: answers.notFound.body },
    async handle({ id }, request) {
      const job = await jobs.find(toJobId(id))
      if (job?.request.kind !== 'describe') throw new Refused(answers.notFound)
      return fromDescribe(family.shown(job, request), job.account ?? (await directory.anyOf(job.lane)))
    },
  })
}
