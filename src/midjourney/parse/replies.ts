import type { ReplyTopic } from './bot-message.ts'

/** Short answers in words (protocol page §4.2, §6.2). The rest of these sentences is not known, so only their start counts. */
export const replies: { pattern: RegExp; topic: ReplyTopic }[] = [
  { pattern: /^Remix mode turned on\b/i, topic: 'remix-on' },
  { pattern: /^Remix mode turned off\b/i, topic: 'remix-off' },
  { pattern: /^You have successfully rated\b/i, topic: 'rated' },
  { pattern: /^Done!/i, topic: 'done' },
]

export const replyTopic = (text: string): ReplyTopic | null =>
  replies.find(({ pattern }) => pattern.test(text.trim()))?.topic ?? null
