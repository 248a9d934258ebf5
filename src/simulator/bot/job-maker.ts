import type { Cell } from '../cdn/scene.ts'
import type { JobKind, SimulatedJob } from '../control.ts'
import type { Mode } from '../options.ts'
import { Random } from '../random.ts'
import { type Account, plans } from '../world/account.ts'
import { flagEphemeral, type Message, type User } from '../world/message.ts'
import type { Channel, World } from '../world/world.ts'
import type { JobAction } from './actions.ts'
import { followUp, type KindWords, type Rewording, typedVideo } from './follow-up.ts'
import {
  type ClickInteraction,
  type CommandInteraction,
  clickedMessage,
  type Interaction,
  type ModalInteraction,
} from './interaction.ts'
import type { Job } from './job.ts'
import { type Plan, plansOf } from './plans.ts'
import type { PromptVerdict } from './prompt.ts'

type GoodPrompt = Extract<PromptVerdict, { ok: true }>
const fourth = [1, 2, 3, 4] as const

interface Making {
  kind: JobKind
  channel: Channel
  account: Account | null
  requester: User
  interaction: Interaction | null
  prompt: string
  finalPrompt: string
  mode: Mode
  /** Null leaves it to the account. */
  stealth?: boolean | null
  aspect: readonly [number, number]
  index: number | null
  parent: Job | null
  words: KindWords | null
}

/** Makes jobs out of commands and clicks: uuid, words, cells. Numbers each account's jobs, so that uuids follow from the seed. */
export class JobMaker {
  #world: World
  #plans: Record<JobKind, Plan>
  #made = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
    this.#plans = plansOf()
  }

  /** A prompt that was typed, or chosen in a form; a blend is one of pictures only. */
  imagine(
    interaction: CommandInteraction | ClickInteraction | ModalInteraction,
    typed: string,
    verdict: GoodPrompt,
    kind: 'imagine' | 'blend' = 'imagine',
  ): Job {
    const { account, channel } = interaction
    const video = typedVideo(verdict)
    return this.#make({
      kind: video === null ? kind : 'animate',
      channel,
      account,
      requester: account.user,
      interaction,
      prompt: typed,
      finalPrompt: video ?? verdict.prompt,
      mode: verdict.mode ?? chosenMode(interaction),
      stealth: verdict.stealth,
      aspect: verdict.aspect,
      index: null,
      parent: null,
      words: null,
    })
  }

  /** A stranger's /imagine in somebody's channel. */
  foreign(channel: Channel, requester: User, finalPrompt: string, mode: Mode): Job {
    return this.#make({
      kind: 'imagine',
      channel,
      account: null,
      requester,
      interaction: null,
      prompt: finalPrompt,
      finalPrompt,
      mode,
      aspect: [1, 1],
      index: null,
      parent: null,
      words: null,
    })
  }

  /** What a button makes of a finished picture, with another prompt when a form has changed it. */
  follow(
    interaction: ClickInteraction | ModalInteraction,
    action: JobAction,
    parent: Job,
    reworded: Rewording | null = null,
  ): Job {
    const { account, channel } = interaction
    const { era } = account.readings
    const next = followUp({ action, parent, reworded, strong: isStrong(interaction), era })
    return this.#make({
      kind: next.kind,
      channel,
      account,
      requester: account.user,
      interaction,
      prompt: reworded?.typed ?? parent.truth.finalPrompt,
      finalPrompt: next.finalPrompt,
      mode: next.mode ?? chosenMode(interaction),
      aspect: next.aspect,
      index: action.index,
      parent,
      words: next.words,
    })
  }

  #make(making: Making): Job {
    const { kind, channel, account, requester, interaction, parent } = making
    const owner = account?.index ?? channel.members[0]?.index ?? 0
    const random = this.#streamFor(account ? `account:${owner}` : `foreign:${channel.id}`)
    const jobUuid = random.uuid()
    const truth: SimulatedJob = {
      jobUuid,
      kind,
      state: 'queued',
      bot: interaction?.bot ?? channel.bot ?? 'midjourney',
      account: owner,
      channelId: channel.id,
      userId: requester.id,
      foreign: account === null,
      interactionId: interaction?.id ?? '',
      nonce: interaction?.nonce ?? '',
      prompt: making.prompt,
      finalPrompt: making.finalPrompt,
      mode: making.mode,
      percent: 0,
      index: making.index,
      parentJobUuid: parent?.truth.jobUuid ?? null,
      parentMessageId: clickedMessage(interaction)?.id ?? null,
      progressMessageId: null,
      finalMessageId: null,
      imageUrl: null,
      imageName: null,
      failure: null,
      seed: seedOf(making.finalPrompt, jobUuid),
      mask: null,
      maskBytes: null,
      createdAt: this.#world.time.now(),
      startedAt: null,
      finishedAt: null,
    }
    return {
      truth,
      plan: this.#plans[kind],
      channel,
      account,
      requester,
      interaction,
      clicked: repliable(clickedMessage(interaction)),
      aspect: making.aspect,
      cells: cellsFor(kind, jobUuid, making),
      random,
      stealth: making.stealth ?? account?.preferences[truth.bot].stealth ?? false,
      readings: account?.readings ?? this.#world.readingsIn(channel),
      progress: null,
      doom: null,
      words: making.words,
      cancelled: [],
    }
  }

  #streamFor(owner: string): Random {
    const number = (this.#made.get(owner) ?? 0) + 1
    this.#made.set(owner, number)
    return new Random(`${this.#world.settings.seed}:job:${owner}:${number}`)
  }
}

/** Relaxed jobs of an account whose plan has none, any more, are fast ones. */
function chosenMode({ account, bot }: Interaction): Mode {
  const { mode } = account.preferences[bot]
  return mode === 'relax' && plans[account.plan].relax === 0 ? 'fast' : mode
}

/** The one that was asked for, or any. */
function seedOf(prompt: string, jobUuid: string): number {
  const asked = / --seed (\d+)/.exec(prompt)?.[1]
  return asked === undefined ? new Random(`seed:${jobUuid}`).integer(0, 4_294_967_295) : Number(asked)
}

/** What only one person sees is not replied to before all. */
const repliable = (message: Message | null): Message | null =>
  message && (message.flags & flagEphemeral) !== 0 ? null : message

/** U shows the quarter itself; everything else draws four new pictures in the colours of what it came from. */
function cellsFor(kind: JobKind, jobUuid: string, { parent, index, finalPrompt }: Making): Cell[] {
  const words = finalPrompt.split(' --')[0] ?? ''
  const source = parent?.cells[index === null || parent.cells.length === 1 ? 0 : index - 1]
  if (source && ['upscale', 'hd-upscale', 'video-upscale'].includes(kind)) return [source]
  const inherits = source && kind !== 'reroll'
  return fourth.map((n) => ({
    palette: inherits ? source.palette : `${words}:${n}`,
    layout: `${jobUuid}:${n}`,
    words,
  }))
}

/** Under V1–V4: what the form says, else the account's setting (protocol page §3.1). */
function isStrong(interaction: ClickInteraction | ModalInteraction): boolean {
  return interaction.kind === 'modal'
    ? interaction.customId.endsWith('::1')
    : interaction.account.preferences[interaction.bot].highVariation
}
