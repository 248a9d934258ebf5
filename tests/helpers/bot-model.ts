/**
 * What the bot and Discord do with an interaction, as a list of happenings: a second reading of protocol page §2.7 and §4,
 * which shares no code with the parser or the simulator.
 */

export const model = {
  botId: '936929561302675456',
  channelId: '1100000000000000002',
  us: '1100000000000000003',
  other: '1100000000000000004',
} as const

/** Snowflakes count from here (ms). */
const startOfDiscord = 1_420_070_400_000

export type Random = () => number

/** Whether something of this probability happens. */
export const happens = (random: Random, probability: number): boolean => random() < probability

export const pick = <Item>(random: Random, items: readonly Item[]): Item => {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

const between = (random: Random, from: number, to: number): number =>
  Math.round(from + random() * (to - from))

/** What differs between the years, and what the sources leave open. */
export interface Era {
  year: 2023 | 2026
  /** Of button-made messages; an imagine's finals reply in 2026 only. */
  buttonFinalsReply: boolean
  nonceOnButtons: boolean
  interactionMetadata: boolean
  cancelOnImagine: boolean
  partialUpdates: boolean
}

export function someEra(random: Random): Era {
  const late = happens(random, 0.5)
  return {
    year: late ? 2026 : 2023,
    buttonFinalsReply: late || happens(random, 0.7),
    nonceOnButtons: late && happens(random, 0.5),
    interactionMetadata: late && happens(random, 0.7),
    cancelOnImagine: happens(random, 0.3),
    partialUpdates: happens(random, 0.4),
  }
}

/** A finished picture that has buttons. */
export interface Picture {
  messageId: string
  uuid: string
  shape: 'grid' | 'single' | 'upscaled' | 'video'
  prompt: string
}

/** How a button's job reads. `family`: what of the same picture reads alike to the end. */
interface Manner {
  customId: string
  family: string
  waiting: string
  working: string
  done: string
  makes: Picture['shape']
  /** `quick`: done at once, without progress. */
  pace: 'quick' | 'drawn' | 'video'
}

export type Ask = { does: 'imagine'; prompt: string } | { does: 'press'; picture: Picture; manner: Manner }

/** The buttons of a picture (protocol page §3.1). */
export function buttonsOf({ shape, uuid }: Picture, year: Era['year']): Manner[] {
  const strong = year === 2023 ? 'Variations by ' : 'Variations (Strong) by '
  const drawn = (family: string, action: string, waiting: string, words: string): Manner => ({
    customId: `MJ::${action}::${uuid}::SOLO`,
    family,
    waiting,
    working: words,
    done: words,
    makes: 'grid',
    pace: 'drawn',
  })
  const variations = (n: number) => `Making variations for image #${n} with prompt `
  const upscaling = (n: number) => `Upscaling image #${n} with `
  const video = (motion: string): Manner => ({
    ...drawn('video', `JOB::animate_${motion}::1`, 'Animating...', ''),
    makes: 'video',
    pace: 'video',
  })
  const hd = (strength: string): Manner => ({
    ...drawn('hd', `JOB::upsample_v7_2x_${strength.toLowerCase()}::1`, upscaling(1), 'Upscaling by '),
    done: year === 2023 ? `Upscaled (${strength}) by ` : 'Upscaled by ',
    makes: 'upscaled',
  })
  switch (shape) {
    case 'grid':
      return [
        ...[1, 2, 3, 4].flatMap((n): Manner[] => [
          {
            customId: `MJ::JOB::upsample::${n}::${uuid}`,
            family: `U${n}`,
            waiting: upscaling(n),
            working: '',
            done: `Image #${n} `,
            makes: 'single',
            pace: 'quick',
          },
          { ...drawn('variation', '', variations(n), strong), customId: `MJ::JOB::variation::${n}::${uuid}` },
        ]),
        drawn('reroll', 'JOB::reroll::0', '', ''),
      ]
    case 'single':
      return [
        hd('Subtle'),
        hd('Creative'),
        drawn('variation', 'JOB::low_variation::1', variations(1), 'Variations (Subtle) by '),
        drawn('variation', 'JOB::high_variation::1', variations(1), 'Variations (Strong) by '),
        drawn('zoom', 'Outpaint::50::1', '', 'Zoom Out by '),
        drawn('zoom', 'Outpaint::75::1', '', 'Zoom Out by '),
        drawn('pan', 'JOB::pan_left::1', '', 'Pan Left by '),
        drawn('pan', 'JOB::pan_up::1', '', 'Pan Up by '),
        video('high'),
        video('low'),
      ]
    case 'upscaled':
      return [
        hd('Subtle'),
        drawn('variation', 'JOB::high_variation::1', variations(1), strong),
        video('high'),
      ]
    case 'video':
      return [{ ...video('high'), family: 'reroll', customId: `MJ::JOB::reroll::0::${uuid}::SOLO` }]
  }
}

/** Something that happens at Discord, at a moment (ms), and what the gateway says of it. */
export interface Happening {
  at: number
  t:
    | 'INTERACTION_CREATE'
    | 'INTERACTION_SUCCESS'
    | 'INTERACTION_FAILURE'
    | 'MESSAGE_CREATE'
    | 'MESSAGE_UPDATE'
    | 'MESSAGE_DELETE'
  d: Record<string, unknown>
  /** The message as it stands then. */
  whole?: Record<string, unknown>
  /** What of its attempt it tells; for the proof that a job could be known. */
  tells: { nonce?: true; interaction?: true; metadata?: true; reference?: true; uuid?: true }
  attempt: Attempt
}

/** One reading of an interaction by the bot. */
export interface Attempt {
  ask: Ask
  /** The job that it was sent for; null for what somebody runs by hand. */
  job: string | null
  user: string
  nonce: string
  interactionId: string
  /** Of every message that it makes. */
  messageIds: string[]
  progressId: string | null
  uuid: string
  final: { messageId: string; referenceId: string | null; picture: Picture } | null
  /** It came when nobody waited for it any more. */
  late: boolean
  happenings: Happening[]
}

export type Fate =
  | 'drawn'
  /** The bot never hears of it. */
  | 'silence'
  /** It answers with an error. */
  | 'refused'

interface Sent {
  ask: Ask
  job: string | null
  user: string
  nonce: string
  /** When Discord takes it (ms). */
  at: number
  fate: Fate
  late?: boolean
}

export class BotModel {
  readonly #random: Random
  readonly #era: Era
  #sequence = 0

  constructor(random: Random, era: Era) {
    this.#random = random
    this.#era = era
  }

  /** A snowflake of a moment (protocol page §3.1). */
  id(at: number): string {
    this.#sequence += 1
    return String((BigInt(Math.trunc(at) - startOfDiscord) << 22n) + BigInt(this.#sequence % 4_000_000))
  }

  uuid(): string {
    const hex = (length: number) =>
      Array.from({ length }, () => Math.floor(this.#random() * 16).toString(16)).join('')
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
  }

  attempt(sent: Sent): Attempt {
    const { ask, job, user, nonce, at, fate, late = false } = sent
    const attempt: Attempt = {
      ask,
      job,
      user,
      nonce,
      interactionId: this.id(at),
      messageIds: [],
      progressId: null,
      uuid: this.uuid(),
      final: null,
      late,
      happenings: [],
    }
    this.#interaction(attempt, at + 80, 'INTERACTION_CREATE')
    if (fate === 'silence' || late) this.#interaction(attempt, at + 3_000, 'INTERACTION_FAILURE')
    else this.#interaction(attempt, at + between(this.#random, 150, 900), 'INTERACTION_SUCCESS')
    const answersAt =
      at + between(this.#random, 300, 2_000) + (late ? between(this.#random, 33_000, 70_000) : 0)
    if (fate === 'refused') this.#refuse(attempt, answersAt)
    if (fate === 'drawn') this.#draw(attempt, answersAt)
    attempt.happenings.sort((a, b) => a.at - b.at)
    return attempt
  }

  #interaction(
    attempt: Attempt,
    at: number,
    t: 'INTERACTION_CREATE' | 'INTERACTION_SUCCESS' | 'INTERACTION_FAILURE',
  ) {
    const { interactionId: id, nonce, user } = attempt
    // Only the session that has sent the interaction hears of it.
    if (attempt.job === null || user !== model.us) return
    attempt.happenings.push({ at, t, d: { id, nonce }, tells: { interaction: true }, attempt })
  }

  #refuse(attempt: Attempt, at: number): void {
    const embed = happens(this.#random, 0.6)
      ? { type: 'rich', title: 'Internal error', description: 'Something went wrong', color: 16_711_680 }
      : { type: 'rich', title: 'Banned prompt', description: 'Sorry, no.', color: 15_548_997 }
    const way = pick(this.#random, ['at once', 'edit', 'reply'] as const)
    const progress = way === 'at once' ? null : this.#waiting(attempt, at)
    if (way === 'edit' && progress) {
      const edited = { ...progress, embeds: [embed], edited_timestamp: iso(at + 900) }
      this.#say(attempt, at + 900, 'MESSAGE_UPDATE', edited, {})
      return
    }
    const said = this.#message(attempt, at + 900, '', { embeds: [embed], flags: way === 'reply' ? 0 : 64 })
    const nonce = way === 'at once' && this.#hasNonce(attempt)
    const reference = progress ? String(progress['id']) : clickedOf(attempt)
    const whole = { ...said, ...this.#envelope(attempt, nonce), ...(nonce ? {} : replyTo(reference)) }
    this.#say(attempt, at + 900, 'MESSAGE_CREATE', whole, {})
  }

  #draw(attempt: Attempt, at: number): void {
    const { ask, uuid } = attempt
    const manner = ask.does === 'press' ? ask.manner : null
    const progress = this.#waiting(attempt, at)
    const progressId = String(progress['id'])
    const pace = manner?.pace ?? 'drawn'
    let time = at
    let latest = progress
    const edit = (content: string, fields: Record<string, unknown> = {}) => {
      latest = { ...latest, content, ...fields, edited_timestamp: iso(time) }
      const tells = 'attachments' in fields || hasCancel(latest) ? ({ uuid: true } as const) : {}
      this.#say(attempt, time, 'MESSAGE_UPDATE', latest, tells, { content, ...fields })
    }
    if (ask.does === 'press') this.#pressed(attempt, ask.picture, at + between(this.#random, 100, 1_600))
    if (pace === 'video') {
      time += between(this.#random, 1_000, 7_000)
      edit(`Creating video with prompt ${this.#quoted(attempt)} (Waiting to start)`)
    }
    if (pace !== 'quick') {
      const steps = [17, 35, 35, 63, 95].filter(() => happens(this.#random, 0.8))
      for (const [index, percent] of steps.entries()) {
        time += between(this.#random, 800, 5_000)
        const shown = percent > 35 || (percent === 35 && index > 0)
        const files =
          pace === 'video' ? [0, 1, 2, 3].map((n) => `${uuid}_${n}_step_2.jpeg`) : [`${uuid}_grid_0.webp`]
        edit(
          `${this.#quoted(attempt, manner?.working)} (${percent}%) (fast)`,
          shown ? { attachments: files.map(fileOf) } : {},
        )
      }
    }
    time += between(this.#random, 400, 3_000)
    this.#finish(attempt, time, manner)
    const goneAt = time + between(this.#random, -300, 700)
    const gone = { id: progressId, channel_id: model.channelId }
    attempt.happenings.push({ at: goneAt, t: 'MESSAGE_DELETE', d: gone, tells: {}, attempt })
  }

  #finish(attempt: Attempt, at: number, manner: Manner | null): void {
    const { ask, uuid, progressId } = attempt
    const { year, buttonFinalsReply } = this.#era
    const replies = manner ? buttonFinalsReply : year === 2026
    const referenceId = replies ? (manner ? clickedOf(attempt) : progressId) : null
    const bare = manner?.pace === 'quick'
    const link =
      year === 2026 && !bare
        ? ` [(Open on website for full quality)](<https://midjourney.com/jobs/${uuid}>)`
        : ''
    const content = `${this.#quoted(attempt, manner?.done)}${link}${bare ? '' : ' (fast)'}`
    const extension = year === 2026 || manner?.makes === 'video' ? 'webp' : 'png'
    const whole = this.#message(attempt, at, content, {
      attachments: [fileOf(`some_user_a_slug_${uuid}.${extension}`)],
      components: rowsOf([{ type: 2, style: 2, label: 'V1', custom_id: `MJ::JOB::variation::1::${uuid}` }]),
      ...replyTo(referenceId),
    })
    const picture: Picture = {
      messageId: String(whole['id']),
      uuid,
      shape: manner?.makes ?? 'grid',
      prompt: promptOf(ask),
    }
    attempt.final = { messageId: picture.messageId, referenceId, picture }
    this.#say(attempt, at, 'MESSAGE_CREATE', whole, {})
  }

  /** The first message of a job. */
  #waiting(attempt: Attempt, at: number): Record<string, unknown> {
    const { ask, uuid } = attempt
    const manner = ask.does === 'press' ? ask.manner : null
    const { cancelOnImagine, year } = this.#era
    const text =
      manner?.pace === 'video'
        ? 'Animating...'
        : `${manner?.waiting ?? ''}${this.#quoted(attempt)} (Waiting to start)`
    const cancel = manner ? manner.pace !== 'video' : cancelOnImagine
    const nonce = this.#hasNonce(attempt)
    const whole: Record<string, unknown> = {
      ...this.#message(attempt, at, text, {}),
      ...this.#envelope(attempt, nonce),
      ...(manner ? replyTo(clickedOf(attempt)) : {}),
      ...(manner?.pace === 'quick' && year === 2023 ? { flags: 64 } : {}),
      ...(cancel
        ? {
            components: rowsOf([
              { type: 2, style: 4, label: 'Cancel Job', custom_id: `MJ::CancelJob::ByJobid::${uuid}` },
            ]),
          }
        : {}),
    }
    attempt.progressId = String(whole['id'])
    this.#say(attempt, at, 'MESSAGE_CREATE', whole, cancel ? { uuid: true } : {})
    return whole
  }

  /** A picture as the channel shows it; `pressed` is the custom_id of a button that was clicked. */
  shown({ uuid, prompt, messageId }: Picture, pressed = ''): Record<string, unknown> {
    const content = `**${prompt}** - <@${model.us}> (fast)`
    const customId = pressed || `MJ::JOB::reroll::0::${uuid}::SOLO`
    return {
      ...this.#message({ user: model.us }, 0, content, {
        attachments: [fileOf(`some_user_a_slug_${uuid}.png`)],
        components: rowsOf([{ type: 2, style: pressed === '' ? 2 : 1, label: 'it', custom_id: customId }]),
      }),
      id: messageId,
    }
  }

  /** The clicked message is edited: its button looks pressed, and it reads like a final again. */
  #pressed(attempt: Attempt, picture: Picture, at: number): void {
    const { ask } = attempt
    if (ask.does !== 'press') return
    const whole = { ...this.shown(picture, ask.manner.customId), edited_timestamp: iso(at) }
    attempt.happenings.push({ at, t: 'MESSAGE_UPDATE', d: whole, whole, tells: {}, attempt })
  }

  #hasNonce({ ask }: Attempt): boolean {
    return ask.does === 'imagine' || this.#era.nonceOnButtons
  }

  /** What only an answer to an interaction has. */
  #envelope({ ask, nonce, interactionId, user }: Attempt, withNonce: boolean): Record<string, unknown> {
    const { year, interactionMetadata } = this.#era
    const slash = ask.does === 'imagine'
    const about = {
      id: interactionId,
      type: slash ? 2 : 3,
      user: { id: user },
      ...(slash ? { name: 'imagine' } : {}),
    }
    return {
      webhook_id: model.botId,
      application_id: model.botId,
      type: slash ? (year === 2023 ? 0 : 20) : 19,
      ...(withNonce ? { nonce } : {}),
      ...(slash && !interactionMetadata ? { interaction: about } : {}),
      ...(interactionMetadata
        ? {
            interaction_metadata: {
              ...about,
              ...(slash ? {} : { interacted_message_id: clickedOf({ ask }) }),
            },
          }
        : {}),
    }
  }

  #message(
    { user }: Pick<Attempt, 'user'>,
    at: number,
    content: string,
    fields: Record<string, unknown>,
  ): Record<string, unknown> {
    return {
      id: this.id(Math.max(at, startOfDiscord)),
      channel_id: model.channelId,
      author: { id: model.botId, username: 'Midjourney Bot', bot: true },
      content,
      timestamp: iso(at),
      edited_timestamp: null,
      flags: 0,
      mentions: [{ id: user }],
      attachments: [],
      embeds: [],
      components: [],
      ...fields,
    }
  }

  /** The bot rewrites parameters, and makes one blank of several (protocol page §4.6). */
  #quoted({ ask, user }: Attempt, words = ''): string {
    const suffix = this.#era.year === 2026 ? ' --v 7.0' : ' --v 5.2'
    const motion = ask.does === 'press' && ask.manner.pace === 'video' ? ' --motion high --video 1' : suffix
    return `**${promptOf(ask).replace(/\s+/g, ' ').trim()}${motion}** - ${words}<@${user}>`
  }

  #say(
    attempt: Attempt,
    at: number,
    t: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE',
    whole: Record<string, unknown>,
    tells: Happening['tells'],
    changed: Record<string, unknown> = {},
  ): void {
    attempt.messageIds.push(String(whole['id']))
    const { nonce, ...kept } = whole
    const partial = this.#era.partialUpdates && t === 'MESSAGE_UPDATE' && 'content' in changed
    const { id, channel_id, edited_timestamp } = whole
    const updated = partial ? { id, channel_id, edited_timestamp, ...changed } : kept
    const d = t === 'MESSAGE_CREATE' ? whole : updated
    const told = {
      ...tells,
      ...('nonce' in d && nonce !== undefined ? ({ nonce: true } as const) : {}),
      ...('message_reference' in d ? ({ reference: true } as const) : {}),
      ...('interaction_metadata' in d || 'interaction' in d ? ({ metadata: true } as const) : {}),
    }
    attempt.happenings.push({ at, t, d, whole: kept, tells: told, attempt })
  }
}

export const promptOf = (ask: Ask): string => (ask.does === 'imagine' ? ask.prompt : ask.picture.prompt)

const clickedOf = ({ ask }: Pick<Attempt, 'ask'>): string | null =>
  ask.does === 'press' ? ask.picture.messageId : null

const replyTo = (messageId: string | null) =>
  messageId === null
    ? {}
    : { type: 19, message_reference: { message_id: messageId, channel_id: model.channelId } }

const rowsOf = (buttons: object[]) => [{ type: 1, components: buttons }]

const hasCancel = (raw: Record<string, unknown>): boolean =>
  JSON.stringify(raw['components']).includes('CancelJob')

const fileOf = (filename: string) => ({
  id: '1247000000000000077',
  filename,
  url: `https://cdn.discordapp.com/attachments/${model.channelId}/1247000000000000077/${filename}?ex=1&is=2&hm=3&`,
  content_type: 'image/webp',
  width: 1024,
  height: 1024,
  size: 1000,
})

const iso = (at: number): string => new Date(at).toISOString()
