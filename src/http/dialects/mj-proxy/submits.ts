import { DrawbridgeError } from '../../../errors.ts'
import type { AccountId, TokenId } from '../../../ids.ts'
import type { blendShapes, Job, Lane } from '../../../jobs/job.ts'
import type { DoneJob, Extras, Submitted } from '../../../jobs/service.ts'
import { withoutLinks } from '../../../midjourney/prompt/plain.ts'
import type { Core } from '../../core.ts'
import { asksFirst } from './actions.ts'
import { missingParent, Refused, type SubmitResult } from './answers.ts'
import { type Body, bodyOf, listIn, textIn } from './body.ts'
import { isLink, pictureIn, picturesIn } from './pictures.ts'
import { extrasFor, family, lanesIn, newTaskId, promptFor } from './to-request.ts'

/** One submit: who asks, what was sent, and the mode that the address fixes. */
export interface Submit {
  core: Core
  token: TokenId
  body: Body
  fixed: Lane | null
}

type Handler = (submit: Submit) => Promise<SubmitResult>

/** The submits by the last part of their address. */
export const submits: Record<string, Handler> = {
  imagine: (submit) => imagine(submit, textIn(submit.body, 'prompt'), 'imagine'),
  blend,
  describe,
  shorten,
  show,
  video,
  change: (submit) =>
    change(submit, textIn(submit.body, 'taskId'), textIn(submit.body, 'action'), submit.body.index),
  'simple-change': simpleChange,
  action,
  modal,
  'upload-discord-images': upload,
  edits: notOffered,
  edit: notOffered,
  retexture: notOffered,
}

const dimensions: Record<string, (typeof blendShapes)[number]> = {
  PORTRAIT: 'portrait',
  SQUARE: 'square',
  LANDSCAPE: 'landscape',
}

async function imagine(submit: Submit, prompt: string, command: string): Promise<SubmitResult> {
  const { core, token, body, fixed } = submit
  if (prompt === '') throw new Refused(4, 'prompt不能为空')
  const single = body.base64 === undefined ? [] : [body.base64]
  const { pictures, links } = picturesIn([...listIn(body, 'base64Array'), ...single])
  const text = [...links, promptFor(prompt, body)].join(' ')
  return accept(submit, `/${command} ${prompt}`, (extras) =>
    core.jobs.imagine({ token, prompt: text, pictures, lanes: lanesIn(body, fixed), ...extras }),
  )
}

async function blend(submit: Submit): Promise<SubmitResult> {
  const { core, token, body, fixed } = submit
  const values = listIn(body, 'base64Array')
  if (values.length < 2 || values.length > 5) throw new Refused(4, 'base64List参数错误')
  const wanted = textIn(body, 'dimensions')
  const shape = dimensions[wanted || 'SQUARE']
  if (!shape) throw new Refused(4, 'dimensions参数错误')
  const { pictures, links } = picturesIn(values)
  if (links.length > 0) throw new Refused(4, 'base64格式错误')
  return accept(submit, `/blend ${pictures.length}`, (extras) =>
    core.jobs.blend({ token, pictures, shape, lanes: lanesIn(body, fixed), ...extras }),
  )
}

async function describe(submit: Submit): Promise<SubmitResult> {
  const { core, token, body } = submit
  const [base64, link] = [textIn(body, 'base64'), textIn(body, 'link')]
  if (base64 === '' && link === '') throw new Refused(4, 'base64不能为空')
  if (base64 === '' && !isLink(link)) throw new Refused(4, '链接格式错误')
  const source = base64 === '' ? { link } : isLink(base64) ? { link: base64 } : pictureIn(base64)
  return accept(submit, '/describe', (extras) => core.jobs.describe({ token, ...source, ...extras }))
}

function shorten(submit: Submit): Promise<SubmitResult> {
  const { core, token, body } = submit
  const prompt = textIn(body, 'prompt')
  return accept(submit, `/shorten ${prompt}`, (extras) => core.jobs.shorten({ token, prompt, ...extras }))
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

function show(submit: Submit): Promise<SubmitResult> {
  const { core, token, body } = submit
  const named = textIn(body, 'jobId')
  if (named === '') throw new Refused(4, '请填写 job id 或 url')
  const [id] = uuid.exec(named) ?? []
  if (id === undefined) throw new Refused(4, 'job id 格式错误')
  const account = textIn(bodyOf(body.accountFilter), 'instanceId')
  return accept(submit, `/show ${id}`, (extras) =>
    core.jobs.show({
      token,
      uuid: id.toLowerCase(),
      account: (account || null) as AccountId | null,
      ...extras,
    }),
  )
}

/** A video is a prompt with its first picture in front and `--video` behind. */
async function video(submit: Submit): Promise<SubmitResult> {
  const { body } = submit
  if (textIn(body, 'action') === 'extend') {
    const parent = await parentOf(submit, textIn(body, 'taskId'))
    const motion = textIn(body, 'motion') === 'high' ? 'high' : 'low'
    const number = Number(textIn(body, 'index') || 0) + 1
    return pressed(submit, parent, buttonWith(parent, `animate_${motion}_extend::${number}::`))
  }
  const [prompt, image, end] = [textIn(body, 'prompt'), textIn(body, 'image'), textIn(body, 'endImage')]
  if (image === '') throw new Refused(4, 'Prompt 不能为空')
  const motion = textIn(body, 'motion') === 'high' ? 'high' : 'low'
  const ending = body.loop === true ? ' --loop' : isLink(end) ? ` --end ${end}` : ''
  const text = `${prompt} --video 1 --motion ${motion}${ending}`.trim()
  return imagine({ ...submit, body: { ...body, base64Array: [image], base64: undefined } }, text, 'video')
}

const changes: Record<string, string> = { UPSCALE: 'upsample', VARIATION: 'variation' }

async function change(submit: Submit, taskId: string, wanted: string, index: unknown): Promise<SubmitResult> {
  if (taskId === '') throw new Refused(4, 'taskId不能为空')
  const kind = changes[wanted]
  if (!kind && wanted !== 'REROLL') throw new Refused(4, 'action参数错误')
  const number = wanted === 'REROLL' ? 0 : Number(index ?? 1)
  if (!Number.isInteger(number) || number < 0 || number > 4 || (kind && number === 0)) {
    throw new Refused(4, 'action参数错误')
  }
  const parent = await parentOf(submit, taskId)
  const sign = wanted === 'REROLL' ? '::reroll::0::' : `::${kind}::${number}::`
  const customId = parent.result.buttons.flat().find((button) => button.customId.includes(sign))?.customId
  if (customId === undefined) throw new Refused(4, '关联任务不允许执行变化')
  const short = wanted === 'REROLL' ? 'R' : `${wanted === 'UPSCALE' ? 'U' : 'V'}${number}`
  return pressed(submit, parent, customId, `/up ${taskId} ${short}`)
}

function simpleChange(submit: Submit): Promise<SubmitResult> {
  const [, taskId = '', letter = '', number] =
    /^(\S+) (?:([UV])([1-4])|R)$/i.exec(textIn(submit.body, 'content')) ?? []
  if (taskId === '') throw new Refused(4, 'content参数错误')
  const wanted = letter === '' ? 'REROLL' : letter.toUpperCase() === 'U' ? 'UPSCALE' : 'VARIATION'
  return change(submit, taskId, wanted, number)
}

async function action(submit: Submit): Promise<SubmitResult> {
  const { body } = submit
  const [taskId, customId] = [textIn(body, 'taskId'), textIn(body, 'customId')]
  if (taskId === '' || customId === '') throw new Refused(4, '参数错误')
  const parent = await parentOf(submit, taskId)
  if (/^MJ::Job::PicReader::all$/.test(customId)) return allOf(submit, parent)
  return pressed(submit, parent, customId)
}

/** `Imagine all` has always been answered with one id for each of its tasks. */
async function allOf(submit: Submit, parent: DoneJob): Promise<SubmitResult> {
  const ids = parent.result.buttons.flat().map((button) => button.customId)
  const answers: SubmitResult[] = []
  for (const customId of ids.filter((id) => /^MJ::Job::PicReader::\d$/.test(id))) {
    answers.push(await pressed(submit, parent, customId, undefined, { withoutDialog: true }))
  }
  const [first] = answers
  if (!first) throw new DrawbridgeError('button-unknown')
  return { ...first, result: answers.map(({ result }) => result).join(',') }
}

async function pressed(
  submit: Submit,
  parent: DoneJob,
  customId: string,
  description?: string,
  { withoutDialog = false } = {},
): Promise<SubmitResult> {
  const { core, token } = submit
  const askFirst = withoutDialog ? undefined : asksFirst(customId)
  const taskId = parent.about?.alias ?? parent.id
  const answer = await accept(
    submit,
    description ?? `/up ${taskId} ${customId}`,
    (extras) => core.jobs.press({ token, parent, customId, ...(askFirst ? { askFirst } : {}), ...extras }),
    taskId,
  )
  if (!askFirst) return answer
  const properties = { ...answer.properties, finalPrompt: promptOf(parent, customId), remix: true }
  return { ...answer, code: 21, description: 'Waiting for window confirm', properties }
}

/** What stands in the dialog already: the picture's prompt, or the line of a describe or shorten that the button is of. */
function promptOf({ result }: DoneJob, customId: string): string {
  const line = /::(?:PicReader|PromptAnalyzer)::(\d)$/.exec(customId)?.[1]
  return line === undefined
    ? result.prompt
    : withoutLinks(result.prompt.split('\n\n')[Number(line) - 1] ?? '')
}

async function modal(submit: Submit): Promise<SubmitResult> {
  const { core, body } = submit
  const taskId = textIn(body, 'taskId')
  if (taskId === '') throw new Refused(4, '参数错误')
  const job = await findTask(submit, taskId)
  if (!job) throw new Refused(3, missingParent)
  const mask = textIn(body, 'maskBase64')
  const prompt = textIn(body, 'prompt')
  // A second answer to one dialog changes nothing and is told the same.
  if (job.state === 'needs-input') {
    await core.jobs.answer(job.id, {
      ...(prompt === '' ? {} : { prompt }),
      ...(mask === '' ? {} : { mask: pictureIn(mask) }),
    })
  }
  return accepted(submit, job.id, taskId)
}

async function upload({ core, body, token }: Submit): Promise<SubmitResult> {
  const values = listIn(body, 'base64Array')
  if (values.length === 0 || values.length > 10) throw new Refused(4, 'base64 参数错误')
  if (!(await core.tokens.knows(token))) throw new DrawbridgeError('token-unknown')
  const { pictures, links } = picturesIn(values)
  const result = [...links, ...(pictures.length > 0 ? await core.jobs.upload(pictures) : [])]
  return { code: 1, description: '提交成功', result, properties: {} }
}

export async function notOffered(): Promise<SubmitResult> {
  throw new Refused(4, '服务不支持 (not offered: the Midjourney bot has no such command)')
}

/** Submits under a fresh id of this family and answers with it. */
async function accept(
  submit: Submit,
  description: string,
  make: (extras: Extras) => Promise<Submitted>,
  parent?: string,
): Promise<SubmitResult> {
  const { core, body } = submit
  const hook = textIn(body, 'notifyHook')
  if (hook !== '') core.webhooks?.check(hook)
  for (;;) {
    const alias = newTaskId(core.clock.now())
    const kept = { alias, description, ...(parent ? { parent } : {}) }
    try {
      const { id } = await make(extrasFor(body, kept))
      return await accepted(submit, id, alias)
    } catch (error) {
      if (!(error instanceof DrawbridgeError) || error.code !== 'alias-taken') throw error
    }
  }
}

/** 1, or 22 with how many are before it. */
async function accepted(
  { core: { jobs } }: Submit,
  id: Submitted['id'],
  alias: string,
): Promise<SubmitResult> {
  const job = await jobs.find(id)
  const place = job && (await jobs.place(job))
  const instance = job?.account ? { discordInstanceId: job.account, discordChannelId: job.account } : {}
  if (!place) return { code: 1, description: '提交成功', result: alias, properties: instance }
  const numberOfQueues = place.position
  return {
    code: 22,
    description: `排队中，前面还有${numberOfQueues}个任务`,
    result: alias,
    properties: { ...instance, numberOfQueues },
  }
}

async function parentOf(submit: Submit, taskId: string): Promise<DoneJob> {
  const job = await findTask(submit, taskId)
  if (!job) throw new Refused(3, missingParent)
  if (job.state !== 'done') throw new Refused(4, '关联任务状态错误')
  return job
}

function buttonWith({ result }: DoneJob, part: string): string {
  const found = result.buttons.flat().find(({ customId }) => customId.includes(part))
  if (!found) throw new DrawbridgeError('button-unknown')
  return found.customId
}

/** A task of the caller's, by this family's id or ours. */
export async function findTask(
  { core: { jobs }, token }: Pick<Submit, 'core' | 'token'>,
  id: string,
): Promise<Job | null> {
  const job = await findAnyTask(jobs, id)
  return job && job.token === token ? job : null
}

export async function findAnyTask(jobs: Core['jobs'], id: string): Promise<Job | null> {
  if (/^\d{16}$/.test(id)) return jobs.findAlias(family, id)
  return /^[0-9a-f]{20}$/.test(id) ? jobs.find(id) : null
}
