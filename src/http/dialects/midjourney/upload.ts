import type { FastifyRequest } from 'fastify'
import { type Picture, pictureFrom } from '../../picture.ts'
import { answers, Refused } from './answers.ts'

/** The picture of a describe: the file field `image` of a form, or `image` in base64 or as a data URL. */
export async function readPicture(request: FastifyRequest): Promise<Picture> {
  const bytes = request.isMultipart() ? await fileIn(request) : decode(fieldIn(request.body))
  if (!bytes || bytes.length === 0) throw new Refused(answers.invalidFile)
  const picture = pictureFrom(bytes)
  if (!picture) throw new Refused(answers.notAPicture)
  return picture
}

async function fileIn(request: FastifyRequest): Promise<Buffer | null> {
  let found: Buffer | null = null
  try {
    for await (const part of request.parts()) {
      if (part.type !== 'file') continue
      if (part.fieldname === 'image' && !found) found = await part.toBuffer()
      else part.file.resume()
    }
  } catch (error) {
    // Whatever the reader stumbles over stands in the body: too much of it, or none that makes sense.
    const tooLarge = error instanceof Error && 'statusCode' in error && error.statusCode === 413
    throw new Refused(tooLarge ? answers.tooLarge : answers.unreadable)
  }
  return found
}

const fieldIn = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'image' in body ? body.image : undefined

function decode(field: unknown): Buffer | null {
  if (typeof field !== 'string') return null
  // In a form, an unescaped `+` has become a space.
  const base64 = field.replace(/^data:[^,]{0,100},/, '').replaceAll(' ', '+')
  return Buffer.from(base64, 'base64')
}
