import { DrawbridgeError } from '../../../errors.ts'
import type { AccountId, TokenId } from '../../../ids.ts'
import type { Callback } from '../../../jobs/job.ts'
import type { AnswerInput, DoneJob, JobService, Submitted, UploadedPicture } from '../../../jobs/service.ts'
import { pictureFrom } from '../../picture.ts'
import type { ActionBody, AnswerBody, JobBody } from './schema.ts'

interface Submitting {
  token: TokenId
  idempotencyKey?: string
  callback?: Callback
}

/** Hands a submitted body to the operation of the core that it is for. */
export async function submitJob(jobs: JobService, body: JobBody, who: Submitting): Promise<Submitted> {
  const by = { ...who, ...callbackOf(body) }
  switch (body.kind) {
    case 'imagine': {
      const { prompt, pictures = [], thenUpscale, confirmBatch } = body
      const links = pictures.filter(isLink)
      return jobs.imagine({
        ...by,
        ...lanesOf(body),
        prompt: [...links, prompt].join(' '),
        pictures: pictures.filter((one) => !isLink(one)).map(toPicture),
        ...(thenUpscale === undefined ? {} : { thenUpscale }),
        ...(confirmBatch === undefined ? {} : { confirmBatch }),
      })
    }
    case 'blend': {
      if (body.pictures.some(isLink)) {
        throw new DrawbridgeError(
          'pictures-invalid',
          'A blend takes the pictures themselves, not links to them.',
        )
      }
      const shape = body.shape ? { shape: body.shape } : {}
      return jobs.blend({ ...by, ...lanesOf(body), pictures: body.pictures.map(toPicture), ...shape })
    }
    case 'describe':
      return jobs.describe({
        ...by,
        ...(isLink(body.picture) ? { link: body.picture } : toPicture(body.picture, 0)),
      })
    case 'shorten':
      return jobs.shorten({ ...by, prompt: body.prompt })
    case 'show':
      return jobs.show({ ...by, uuid: body.uuid, account: (body.account ?? null) as AccountId | null })
  }
}

export function toAnswer({ prompt, zoom, mask }: AnswerBody): AnswerInput {
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(zoom === undefined ? {} : { zoom }),
    ...(mask === undefined ? {} : { mask: toPicture(mask, 0) }),
  }
}

/** What of an action is said to the dialog; undefined when nothing is. */
export function answerIn(body: ActionBody): AnswerInput | undefined {
  const answer = toAnswer(body)
  return Object.keys(answer).length > 0 ? answer : undefined
}

/** The id of a button that was named by its id or its label; a label that several have is the first one's. */
export function buttonIn({ result }: DoneJob, named: string): string {
  const buttons = result.buttons.flat()
  const found =
    buttons.find(({ customId }) => customId === named) ?? buttons.find(({ label }) => label === named)
  return found?.customId ?? named
}

/** Whom the caller wants to be told. */
export const callbackOf = ({ callback }: { callback?: Callback }) =>
  callback ? { callback: { ...callback, shape: 'native' } } : {}

const lanesOf = ({ mode }: { mode?: 'fast' | 'relax' | 'turbo' }) => (mode ? { lanes: [mode] } : {})

const isLink = (text: string): boolean => /^https?:\/\//i.test(text)

function toPicture(text: string, index: number): UploadedPicture {
  const picture = pictureFrom(Buffer.from(text.replace(/^data:[^,]{0,100},/, ''), 'base64'))
  if (!picture) throw new DrawbridgeError('pictures-invalid', 'A picture is no PNG, JPEG, GIF or WebP.')
  const { bytes, contentType, extension } = picture
  return { bytes, contentType, filename: `picture-${index + 1}${extension}` }
}
