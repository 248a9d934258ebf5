import type { Static } from 'typebox'
import type { AccountCommand } from '../../../accounts/pool.ts'
import { accountCommands } from '../../../accounts/pool.ts'
import { tokenId } from '../../../ids.ts'
import type { AnswerInput, ImagineInput, UploadedPicture } from '../../../jobs/service.ts'
import type { TokenGrant } from '../../../tokens/service.ts'
import { pictureFrom } from '../../picture.ts'
import { answers, Refused, refusal } from './answers.ts'
import type { actionParams, createTokenParams, imagineParams, switchParams } from './schema.ts'

/** Bounds that keep every sum and date exact; nobody needs more. */
const mostUses = 1_000_000_000
const mostDays = 36_500

/** Phones write two hyphens as one em dash; this family has always undone that. */
export const withHyphens = (prompt: string): string => prompt.replaceAll('—', '--')

export function toImagine(
  { prompt = '', upscale }: Static<typeof imagineParams>,
  token: string,
): ImagineInput {
  return { token: tokenId(token), prompt: withHyphens(prompt), thenUpscale: upscale === 'true' }
}

/** What an action says to the dialog that its button opens; undefined when it says nothing. */
export function toAnswer({ prompt, zoom, mask }: Static<typeof actionParams>): AnswerInput | undefined {
  const answer: AnswerInput = {
    ...(isBlank(prompt) ? {} : { prompt: withHyphens(prompt) }),
    ...(isBlank(zoom) ? {} : { zoom: Number(zoom) }),
    ...(isBlank(mask) ? {} : { mask: toMask(mask) }),
  }
  return Object.keys(answer).length > 0 ? answer : undefined
}

function toMask(text: string): UploadedPicture {
  const base64 = text.replace(/^data:[^,]{0,100},/, '').replaceAll(' ', '+')
  const picture = pictureFrom(Buffer.from(base64, 'base64'))
  if (!picture) throw new Refused(answers.notAPicture)
  return { bytes: picture.bytes, contentType: picture.contentType, filename: `mask${picture.extension}` }
}

export function toGrant({ count, day }: Static<typeof createTokenParams>): TokenGrant {
  return { count: wholeNumber('count', count, mostUses), days: wholeNumber('day', day, mostDays) }
}

export function toCommand({ type }: Static<typeof switchParams>): AccountCommand {
  const command = accountCommands.find((known) => known === type)
  if (!command) throw new Refused(refusal(400, `type should be one of ${accountCommands.join(', ')}`))
  return command
}

/** The id as it was given, if it can be one of ours: anything else needs no look at the store. */
export function toJobId(id: string | undefined): string {
  if (isBlank(id)) throw new Refused(answers.badRequest)
  if (!/^[0-9a-f]{20}$/.test(id)) throw new Refused(answers.notFound)
  return id
}

export const isBlank = (value: string | undefined): value is undefined => !value?.trim()

function wholeNumber(name: string, value = '', most: number): number {
  const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : 0
  if (number >= 1 && number <= most) return number
  throw new Refused(refusal(400, `${name} should be a whole number from 1 to ${most}`))
}
