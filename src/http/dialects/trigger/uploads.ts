import type { FastifyRequest } from 'fastify'
import type { JobId } from '../../../ids.ts'
import type { JobService, UploadedPicture } from '../../../jobs/service.ts'
import { pictureFrom } from '../../picture.ts'
import { Refused } from './answers.ts'

/** Keeps the picture of the form for a later call, and gives the name that call has to bring. */
export async function keepUpload(
  jobs: JobService,
  request: FastifyRequest,
  trigger: string,
): Promise<string> {
  const bytes = await fileIn(request)
  const picture = bytes && pictureFrom(bytes)
  if (!picture) throw new Refused(13, 'must image', 400)
  const id = await jobs.keepPicture(picture.bytes)
  return `${id}/${trigger}.jpg`
}

/** The picture that was uploaded under this name. */
export async function uploadOf(jobs: JobService, name: string): Promise<UploadedPicture> {
  const [, id] = /^([0-9a-f]{20})\/\d{1,10}\.jpg$/.exec(name) ?? []
  const bytes = id === undefined ? null : await jobs.keptPicture(id as JobId)
  const picture = bytes && pictureFrom(bytes)
  if (!picture) throw new Refused(13, 'request params error: there is no such upload', 400)
  return { bytes: picture.bytes, contentType: picture.contentType, filename: `picture${picture.extension}` }
}

async function fileIn(request: FastifyRequest): Promise<Buffer | null> {
  try {
    for await (const part of request.files()) {
      if (part.fieldname === 'file') return await part.toBuffer()
      part.file.resume()
    }
    return null
  } catch {
    // Whatever the reader stumbles over stands in the body.
    throw new Refused(13, 'Failed to upload image', 400)
  }
}
