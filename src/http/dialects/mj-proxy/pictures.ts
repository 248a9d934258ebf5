import type { UploadedPicture } from '../../../jobs/service.ts'
import { pictureFrom } from '../../picture.ts'
import { Refused } from './answers.ts'

/** Pictures as this family sends them: data URLs, bare base64, or links, which stay links. */
export function picturesIn(values: readonly unknown[]): { pictures: UploadedPicture[]; links: string[] } {
  const texts = values.filter((value): value is string => typeof value === 'string' && value.trim() !== '')
  if (texts.length !== values.length) throw new Refused(4, 'base64格式错误')
  const links = texts.filter(isLink)
  const pictures = texts.filter((text) => !isLink(text)).map(pictureIn)
  return { pictures, links }
}

export function pictureIn(text: string, index = 0): UploadedPicture {
  const picture = pictureFrom(Buffer.from(text.replace(/^data:[^,]{0,100},/, ''), 'base64'))
  if (!picture) throw new Refused(4, 'base64格式错误')
  const { bytes, contentType, extension } = picture
  return { bytes, contentType, filename: `picture-${index + 1}${extension}` }
}

export const isLink = (text: string): boolean => /^https?:\/\/\S+$/i.test(text.trim())
