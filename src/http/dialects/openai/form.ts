import type { FastifyRequest } from 'fastify'
import { DrawbridgeError } from '../../../errors.ts'
import type { UploadedPicture } from '../../../jobs/service.ts'
import { pictureFrom } from '../../picture.ts'
import { InvalidParameter } from './errors.ts'
import type { Fields } from './fields.ts'

/** A body with pictures: its other fields, the pictures that came along, and links to pictures elsewhere. */
export interface Form {
  fields: Fields
  pictures: UploadedPicture[]
  links: string[]
}

/** As many as Midjourney takes in front of a prompt here. */
export const mostPictures = 5

/** Reads a form in parts, in any order, or JSON with addresses or data URLs. A mask is taken and not used. */
export async function readForm(request: FastifyRequest): Promise<Form> {
  const form = request.isMultipart() ? await fromParts(request) : fromJson(request.body)
  if (form.pictures.length + form.links.length === 0) {
    throw new InvalidParameter('image', "Missing required parameter: 'image'.", 'missing_required_parameter')
  }
  return form
}

async function fromParts(request: FastifyRequest): Promise<Form> {
  const fields = new Map<string, unknown>()
  const pictures: UploadedPicture[] = []
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.set(part.fieldname, part.value)
      else if (isImage(part.fieldname)) pictures.push(toPicture(await part.toBuffer(), pictures.length))
      else part.file.resume()
    }
  } catch (error) {
    if (error instanceof InvalidParameter) throw error
    // Whatever the reader stumbles over stands in the body.
    const tooLarge = error instanceof Error && 'statusCode' in error && error.statusCode === 413
    throw new DrawbridgeError('pictures-invalid', tooLarge ? 'That is too much.' : 'The form cannot be read.')
  }
  return { fields: Object.fromEntries(fields), pictures, links: [] }
}

function fromJson(body: unknown): Form {
  const fields = fieldsOf(body)
  const named = [fields['image'], fields['image[]'], fields['images']].flat().map(addressIn)
  const texts = named.filter((text) => text !== undefined)
  const links = texts.filter((text) => /^https?:\/\/\S+$/i.test(text))
  const pictures = texts
    .filter((text) => !links.includes(text))
    .map((text, index) => toPicture(Buffer.from(text.replace(/^data:[^,]{0,100},/, ''), 'base64'), index))
  return { fields, pictures, links }
}

/** `"…"`, or `{"image_url": "…"}`. */
function addressIn(value: unknown): string | undefined {
  const text = typeof value === 'object' && value !== null && 'image_url' in value ? value.image_url : value
  return typeof text === 'string' && text !== '' ? text : undefined
}

export const fieldsOf = (body: unknown): Fields =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Fields) : {}

const isImage = (name: string): boolean => /^image(\[\d*\])?$/.test(name)

function toPicture(bytes: Buffer, index: number): UploadedPicture {
  const picture = pictureFrom(bytes)
  if (!picture) throw new InvalidParameter('image', "'image' is no PNG, JPEG, GIF or WebP.")
  const { contentType, extension } = picture
  return { bytes, contentType, filename: `picture-${index + 1}${extension}` }
}
