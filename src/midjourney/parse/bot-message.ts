import type { AccountInfo } from './info.ts'
import type { NewsRow } from './news.ts'
import type { BotSettings } from './settings.ts'

/** Three outcomes, and never an exception. Unknown and malformed ones are counted: so we learn that the bot has changed. */
export type Parsed =
  | { outcome: 'known'; message: BotMessage }
  /** From the bot, but not what its kind of message has to be. */
  | { outcome: 'malformed'; why: string }
  /** Says nothing that we know. */
  | { outcome: 'unknown'; why: string }

export interface Button {
  /** Its text, or its emoji if it has no text. */
  label: string
  customId: string | null
  url: string | null
  emoji: string | null
  /** 1 = pressed already, 2 = not pressed, 3 = on (settings), 4 = cancel, 5 = link (protocol page §3.1). */
  style: number | null
  disabled: boolean
}

export interface Attachment {
  id: string | null
  url: string
  proxyUrl: string | null
  filename: string
  contentType: string | null
  width: number | null
  height: number | null
  size: number | null
}

/** What ties a message to a request (protocol page §2.7), and what can be pressed on it. */
export interface Envelope {
  id: string
  channelId: string
  guildId: string | null
  authorId: string
  timestampMs: number | null
  editedAt: string | null
  /** Only on the first message that answers an interaction. */
  nonce: string | null
  interactionId: string | null
  /** Of the click that opened the dialog, when the message answers a submitted dialog. */
  triggeringInteractionId: string | null
  /** The message whose button was clicked. */
  interactedMessageId: string | null
  originalResponseMessageId: string | null
  commandName: string | null
  /** The message replied to. */
  referenceId: string | null
  requesterId: string | null
  ephemeral: boolean
  loading: boolean
  /** It answers an interaction; finals never do (protocol page §1). */
  isAnswer: boolean
  flags: number
  /** Of the job that the Cancel button would stop: known before there is a picture. */
  cancelJobUuid: string | null
  content: string
  /** Rows in display order. */
  buttons: Button[][]
}

export type Mode = 'fast' | 'relax' | 'turbo'

/** What the words in front of a waiting prompt say. Several actions share each of them (protocol page §4.6, traps). */
export type WaitingPrefix = 'none' | 'upscaling' | 'variations' | 'video'

/** What the tail of the text says the job makes; `other` is a word that we do not know yet. */
export type Kind =
  | 'imagine'
  | 'upscale'
  | 'variation'
  | 'remix'
  | 'zoom'
  | 'pan'
  | 'hd-upscale'
  | 'video'
  | 'video-upscale'
  | 'other'

export type Strength = 'strong' | 'subtle' | 'region' | 'creative' | '2x' | '4x' | 'beta' | 'light' | 'max'
export type Direction = 'left' | 'right' | 'up' | 'down'

/** The words between prompt and user, read. `kindText` is them as they were written, '' for an imagine. */
export interface KindFacts {
  kind: Kind
  kindText: string
  strength: Strength | null
  direction: Direction | null
  /** Which picture of a grid, 1 to 4. */
  index: number | null
}

/** A short answer in words. */
export type ReplyTopic = 'done' | 'remix-on' | 'remix-off' | 'rated' | 'other'

export type BotMessage = Envelope &
  (
    | { type: 'thinking' }
    | { type: 'waiting'; prefix: WaitingPrefix; index: number | null; prompt: string }
    /** `Animating...`: the waiting text of a video comes later. */
    | { type: 'animating' }
    | ({
        type: 'progress'
        prompt: string
        percent: number
        /** Waits for capacity of the relax mode; `percent` is 0 then. */
        paused: boolean
        mode: Mode | null
        stealth: boolean
        /** The last picture of the unfinished job. */
        preview: Attachment | null
        jobUuid: string | null
      } & KindFacts)
    | ({ type: 'stopped'; prompt: string; mode: Mode | null; jobUuid: string | null } & KindFacts)
    /**
     * Ends a drawing job. The edit of a clicked message reads as one again: whoever knows the finals must look at the id.
     * `pressed` says that at least one button was clicked, which a new final never shows.
     */
    | ({
        type: 'result'
        prompt: string
        mode: Mode | null
        stealth: boolean
        upscaled: boolean
        jobUuid: string | null
        jobLink: string | null
        images: Attachment[]
        pressed: boolean
      } & KindFacts)
    | { type: 'described'; prompts: string[]; text: string; image: DescribedImage }
    | { type: 'shortened'; prompts: string[]; tokens: string; text: string }
    | { type: 'info'; title: string; text: string; info: AccountInfo }
    | { type: 'settings'; settings: BotSettings }
    /** What the ✉️ reaction makes the bot send (protocol page §3.3). */
    | { type: 'seed'; prompt: string; jobUuid: string; seed: string }
    | { type: 'reply'; topic: ReplyTopic; text: string }
    | ({ type: 'notice' } & Notice)
  )

export interface DescribedImage {
  url: string | null
  proxyUrl: string | null
  width: number | null
  height: number | null
}

/** Bad news and the like (protocol page §5): an embed, or a text without one (`title` is '' then). */
export interface Notice {
  title: string
  description: string
  footer: string | null
  color: number | null
  /** The command in the footer, when there is one: `/imagine a fox`. */
  command: { name: string; text: string } | null
  /** What it means; null when nothing is known of it and its colour is not red: log only. */
  news: NewsRow | null
  /** Until when it holds, from a time or a duration that it names. */
  untilMs: number | null
}
