import type { Era } from '../options.ts'
import { Random } from '../random.ts'
import type { Embed, Row } from '../world/message.ts'
import { button, row } from './rows.ts'

/** Errors were 16711680; in 2026 they are 15548997 (protocol page §5). */
const red = 16_711_680
const redOf: Record<Era, number> = { '2023': red, '2026': 15_548_997 }
const yellow = 16_776_960
const amber = 16_239_475

interface News {
  title?: string
  description?: string
  color?: number
  /** Text instead of an embed. */
  text?: string
  /** Footer instead of the command. */
  footer?: string
  buttons?: readonly [label: string, customId: string][]
}

/**
 * What the bot can say instead of drawing (protocol page §5). Titles and the sentences quoted there are facts; other descriptions are
 * ours, since no complete message is known (§10). `{detail}` is what the occasion adds, `{until}` a time like `<t:…:R>`.
 */
export const badNews = {
  'job-queued': {
    title: 'Job queued',
    description:
      'There is a maximum number of jobs that can run at once. Your job is queued and will start when another one finishes. {detail}',
    color: yellow,
  },
  'queue-full': {
    title: 'Queue full',
    description: 'Your job queue is full. Please wait for a job to finish first, then resubmit this one.',
    color: yellow,
  },
  'invalid-parameter': { title: 'Invalid parameter', description: '{detail}', color: red },
  'invalid-parameter-text': { text: 'Invalid parameter: {detail}' },
  'invalid-link': { title: 'Invalid link', description: 'Could not fetch the image. {detail}', color: red },
  'invalid-link!': { title: 'Invalid link!', description: 'The link is not an image. {detail}', color: red },
  'invalid-prompt': {
    title: 'Invalid prompt',
    description: 'This prompt cannot be used. {detail}',
    color: red,
  },
  'invalid-request': {
    title: 'Invalid request',
    description: 'This request cannot be used. {detail}',
    color: red,
  },
  'empty-prompt': { title: 'Empty prompt', description: '{detail}', color: red },
  'duplicate-images': {
    title: 'Duplicate images detected',
    description: 'Use different images. {detail}',
    color: red,
  },
  'banned-prompt': { title: 'Banned prompt', description: '{detail}', color: red },
  'banned-prompt-detected': { title: 'Banned prompt detected', description: '{detail}', color: red },
  'banned-image-prompt': {
    title: 'Banned image prompt',
    description: 'The image is not allowed. {detail}',
    color: red,
  },
  'ai-moderators': {
    title: 'Sorry! Our AI moderators feel your prompt might be against our community standards.',
    description: 'Appeal if you think this is a mistake. {detail}',
    color: red,
    buttons: [
      ['Appeal', 'MJ::Prompts::Appeal::{id}'],
      ['Acknowledge', 'MJ::Prompts::Acknowledge::{id}'],
    ],
  },
  'action-needed': {
    title: 'Action needed to continue',
    description: 'Your prompt may be against our community standards. {detail}',
    color: red,
    buttons: [['Acknowledge', 'MJ::Prompts::Acknowledge::{id}']],
  },
  'image-denied': { title: 'Image denied', description: 'The image was denied. {detail}', color: red },
  'output-filters': {
    title: 'Request cancelled due to output filters',
    description: 'The result was stopped. {detail}',
    color: red,
  },
  'image-filters': {
    title: 'Request cancelled due to image filters',
    description: 'The image was stopped. {detail}',
    color: red,
  },
  'image-blocked': { title: 'Image blocked', description: 'The image was blocked. {detail}', color: red },
  'went-wrong': {
    title: 'Sorry, something went wrong',
    description: 'The job encountered an error. Our team has been notified.',
    color: red,
  },
  'went-wrong-declined': {
    title: 'Sorry, something went wrong',
    description: 'The job encountered an error. Our team has been notified.',
    color: red,
    footer: 'decline-{id}',
  },
  'could-not-complete': {
    title: 'Sorry! Could not complete the job!',
    description: 'Please try again. {detail}',
    color: red,
  },
  'internal-error': { title: 'Internal error', description: 'Something went wrong', color: red },
  'internal-server-error': {
    title: 'Internal server error',
    description: 'Apologies, something went wrong',
    color: red,
  },
  crash: { title: 'Crash', description: 'The process crashed. {detail}', color: red },
  'slow-down': {
    title: 'Slow Down!',
    description: 'You have sent too many requests. You can submit again {until}. {detail}',
    color: amber,
  },
  blocked: {
    title: 'Blocked',
    description: 'You have been blocked from using Midjourney until {until}. {detail}',
    color: red,
  },
  'blocked-for-good': {
    title: 'Blocked',
    description: 'You have been blocked from using Midjourney. {detail}',
    color: red,
  },
  'blocked-for-hours': { text: 'You have been blocked from accessing Midjourney for 2 hours. {detail}' },
  'blocked-for-days': { text: 'You have been blocked from accessing Midjourney for 3 days. {detail}' },
  'blocked-for-weeks': { text: 'You have been blocked from accessing Midjourney for 1 week. {detail}' },
  'blocked-text': { text: 'You have been blocked from accessing Midjourney for 10 minutes. {detail}' },
  'pending-mod-message': {
    title: 'Pending mod message',
    description: 'A moderator has sent you a message. {detail}',
    color: red,
    buttons: [['Acknowledge', 'MJ::Mod::Acknowledge']],
  },
  'action-required': {
    title: 'Action required to continue',
    description: "Please complete the task below to verify you're human. {detail}",
    color: yellow,
  },
  'complete-the-task': { text: 'Please complete the task to continue. {detail}' },
  'credits-exhausted': {
    title: 'Credits exhausted',
    description: 'You have run out of hours! Switch to relax mode or buy more time. {detail}',
    color: red,
  },
  'run-out-of-hours': { text: 'You have run out of hours. {detail}' },
  'subscription-required': {
    title: 'Subscription required',
    description: 'You need an active subscription to create images. {detail}',
    color: red,
  },
  'subscription-paused': {
    title: 'Subscription paused',
    description: 'Your subscription is paused. {detail}',
    color: red,
  },
  'plan-cancelled': { title: 'Plan Cancelled', description: 'Your plan was cancelled. {detail}', color: red },
  'tos-not-accepted': {
    title: 'Tos not accepted',
    description: 'Accept the terms of service to continue. {detail}',
    color: yellow,
    buttons: [['Accept ToS', 'MJ::Tos::Accept']],
  },
  'job-action-restricted': {
    title: 'Job action restricted',
    description: 'You cannot do this with this job. {detail}',
    color: red,
  },
  'failed-to-process': { text: 'Failed to process your command :c' },
  'unknown-red': {
    title: 'Something nobody has seen before',
    description: 'A red message. {detail}',
    color: red,
  },
  'unknown-grey': {
    title: 'A word from the team',
    description: 'Nothing to worry about. {detail}',
    color: 5_793_266,
  },
} satisfies Record<string, News>

export type BadNewsName = keyof typeof badNews

export function isBadNews(name: string): name is BadNewsName {
  return Object.hasOwn(badNews, name)
}

export interface Occasion {
  detail?: string
  /** The command that was given, for the footer: `/imagine a fox`. */
  command: string
  /** When `{until}` is. */
  untilMs: number
  /** Anything unique, for `decline-…` and for custom_ids. */
  id: string
  era?: Era
}

export interface Notice {
  content: string
  embeds: Embed[]
  components: Row[]
}

/** The message body for a piece of bad news. */
export function notice(
  name: BadNewsName,
  { detail = '', command, untilMs, id, era = '2026' }: Occasion,
): Notice {
  const news: News = badNews[name]
  const fill = (text: string) =>
    text
      .replace('{detail}', detail)
      .replace('{until}', `<t:${Math.ceil(untilMs / 1000)}:R>`)
      .replace('{id}', new Random(id).hex(12))
      .trim()
  const components = news.buttons
    ? [row(...news.buttons.map(([label, customId]) => button(fill(customId), label)))]
    : []
  if (news.text !== undefined) return { content: fill(news.text), embeds: [], components }
  const embed: Embed = {
    type: 'rich',
    ...(news.title ? { title: news.title } : {}),
    ...(news.description ? { description: fill(news.description) } : {}),
    ...(news.color ? { color: news.color === red ? redOf[era] : news.color } : {}),
    footer: { text: fill(news.footer ?? command) },
  }
  return { content: '', embeds: [embed], components }
}
