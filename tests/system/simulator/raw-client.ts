import { constants, inflateSync } from 'node:zlib'
import WebSocket from 'ws'
import type { SimulatedAccount, Simulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'

/** Whatever a dispatch may carry, as far as these tests look at it. */
export interface Data extends Message {
  nonce?: string
  session_id: string
  guilds: { id: string }[]
  private_channels: { id: string }[]
  users: { id: string }[]
}

/** INTERACTION_MODAL_CREATE, or its sister for windows. */
export interface Dialog {
  id: string
  nonce: string
  channel_id: string
  custom_id: string
  title: string
  application: { id: string }
  components?: { type: 1; components: { type: 4; custom_id: string; value: string }[] }[]
  iframe_path?: string
}

export type Payload = { op: number; t: string | null; s: number | null; d: Data }

/** A client that does nothing by itself: it shows what the simulator really sends. */
export class RawClient {
  readonly received: Payload[] = []
  readonly frames: number[] = []
  closeCode: number | null = null
  readonly socket: WebSocket
  #compressed: boolean
  #stream: Buffer = Buffer.alloc(0)
  #inflatedBytes = 0

  constructor(
    url: string,
    { compress = false, identifyFirst }: { compress?: boolean; identifyFirst?: object } = {},
  ) {
    this.#compressed = compress
    this.socket = new WebSocket(`${url}/?encoding=json&v=9${compress ? '&compress=zlib-stream' : ''}`)
    if (identifyFirst) this.socket.on('open', () => this.send(2, identifyFirst))
    this.socket.on('message', (data: Buffer, isBinary) => this.#read(data, isBinary))
    this.socket.on('close', (code) => {
      this.closeCode = code
    })
    this.socket.on('error', () => {})
  }

  #read(data: Buffer, isBinary: boolean): void {
    this.frames.push(data.length)
    if (!this.#compressed) {
      this.received.push(JSON.parse(String(data)))
      return
    }
    if (!isBinary) throw new Error('a text frame on a compressed connection')
    this.#stream = Buffer.concat([this.#stream, data])
    if (!data.subarray(-4).equals(Buffer.from([0, 0, 0xff, 0xff]))) return
    // From the beginning each time: slow, but nothing can be read in a wrong order.
    const whole = inflateSync(this.#stream, { finishFlush: constants.Z_SYNC_FLUSH })
    this.received.push(JSON.parse(whole.subarray(this.#inflatedBytes).toString()))
    this.#inflatedBytes = whole.length
  }

  send(op: number, d: unknown): void {
    this.socket.send(JSON.stringify({ op, d }))
  }

  get sequence(): number {
    return this.received.reduce((last, { s }) => s ?? last, 0)
  }

  dispatches(type: string): Payload['d'][] {
    return this.received.filter(({ t }) => t === type).map(({ d }) => d)
  }

  async waitFor(fits: (payload: Payload) => boolean, what = 'a payload'): Promise<Payload> {
    return until(() => this.received.find(fits), { what })
  }

  async dispatched(type: string, fits: (data: Payload['d']) => boolean = () => true): Promise<Payload['d']> {
    const payload = await this.waitFor(({ t, d }) => t === type && fits(d), type)
    return payload.d
  }

  async hello(): Promise<void> {
    await this.waitFor(({ op }) => op === 10, 'HELLO')
  }

  async closed(): Promise<number> {
    await until(() => this.closeCode !== null, { what: 'the close' })
    return this.closeCode ?? 0
  }

  close(code = 1000): void {
    this.socket.close(code)
  }
}

/** An account with a live session and the requests that a user client makes. */
export class User {
  readonly gateway: RawClient
  readonly account: SimulatedAccount
  sessionId = ''
  #sim: Simulator
  #nonces = 0

  private constructor(sim: Simulator, account: SimulatedAccount, compress: boolean) {
    this.#sim = sim
    this.account = account
    this.gateway = new RawClient(sim.urls.gateway, { compress })
  }

  static async join(sim: Simulator, index = 0, { compress = false } = {}): Promise<User> {
    const account = sim.accounts[index]
    if (!account) throw new Error(`no account ${index}`)
    const user = new User(sim, account, compress)
    await user.gateway.hello()
    user.gateway.send(2, { token: account.token, capabilities: 8189 })
    user.sessionId = (await user.gateway.dispatched('READY')).session_id
    return user
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#sim.urls.api}${path}`, {
      method,
      headers: {
        authorization: this.account.token,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async get<T>(path: string): Promise<T> {
    return (await (await this.request('GET', path)).json()) as T
  }

  nonce(): string {
    this.#nonces++
    return `${this.account.index + 1}${String(this.#nonces).padStart(17, '0')}`
  }

  #common(nonce: string, bot: 'midjourney' | 'niji', channelId = this.account.channelId) {
    const { guildId } = this.account
    return {
      application_id: bot === 'niji' ? '1022952195194359889' : '936929561302675456',
      ...(guildId === null || channelId !== this.account.channelId ? {} : { guild_id: guildId }),
      channel_id: channelId,
      session_id: this.sessionId,
      nonce,
    }
  }

  /** The body of a slash command, with the version that the index tells. */
  async commandBody(
    name: string,
    options: object[] = [],
    {
      bot = 'midjourney',
      attachments = [],
      channelId,
    }: { bot?: 'midjourney' | 'niji'; attachments?: object[]; channelId?: string } = {},
  ) {
    const nonce = this.nonce()
    const common = this.#common(nonce, bot, channelId)
    const index = await this.get<{
      application_commands: { id: string; version: string; name: string; application_id: string }[]
    }>('/users/@me/application-command-index')
    const found = index.application_commands.find(
      (one) => one.name === name && one.application_id === common.application_id,
    )
    return {
      type: 2,
      ...common,
      data: { id: found?.id, version: found?.version, name, type: 1, options, attachments },
    }
  }

  async command(...args: Parameters<User['commandBody']>): Promise<string> {
    const body = await this.commandBody(...args)
    const { status } = await this.request('POST', '/interactions', body)
    if (status !== 204) throw new Error(`${args[0]} was answered with ${status}`)
    return body.nonce
  }

  imagine(prompt: string, bot: 'midjourney' | 'niji' = 'midjourney'): Promise<string> {
    return this.command('imagine', [{ type: 3, name: 'prompt', value: prompt }], { bot })
  }

  clickBody(message: { id: string; flags: number }, customId: string) {
    return {
      type: 3,
      ...this.#common(this.nonce(), 'midjourney'),
      message_flags: message.flags,
      message_id: message.id,
      data: { component_type: 2, custom_id: customId },
    }
  }

  async click(message: { id: string; flags: number }, customId: string): Promise<string> {
    const body = this.clickBody(message, customId)
    const { status } = await this.request('POST', '/interactions', body)
    if (status !== 204) throw new Error(`${customId} was answered with ${status}`)
    return body.nonce
  }

  /** The form or window that the click with this nonce opened. */
  async dialog(nonce: string): Promise<Dialog> {
    const { d } = await this.gateway.waitFor(
      ({ t, d }) => (t?.endsWith('MODAL_CREATE') ?? false) && d.nonce === nonce,
      `the dialog of ${nonce}`,
    )
    return d as unknown as Dialog
  }

  /** The body that submits a form with `value` in its only field. */
  formBody({ id, custom_id, components }: Dialog, value: string) {
    const field = components?.[0]?.components[0]?.custom_id
    return {
      type: 5,
      ...this.#common(this.nonce(), 'midjourney'),
      data: { id, custom_id, components: [{ type: 1, components: [{ type: 4, custom_id: field, value }] }] },
    }
  }

  async fill(dialog: Dialog, value: string): Promise<string> {
    const body = this.formBody(dialog, value)
    const { status } = await this.request('POST', '/interactions', body)
    if (status !== 204) throw new Error(`${dialog.custom_id} was answered with ${status}`)
    return body.nonce
  }

  /** The final message of the job that an interaction with this nonce made. */
  async final(nonce: string) {
    const job = await until(
      () => this.#sim.truth.jobs().find((one) => one.nonce === nonce && one.finalMessageId !== null),
      { what: `the final of ${nonce}` },
    )
    return this.gateway.dispatched('MESSAGE_CREATE', ({ id }) => id === job.finalMessageId)
  }

  leave(): void {
    this.gateway.close()
  }
}

/** The custom_id of the button with this label. */
export function buttonOf(message: Message, label: string): string {
  for (const component of message.components.flatMap(({ components }) => components)) {
    if (component.type !== 2) continue
    if (component.label === label || component.emoji?.name === label) return component.custom_id ?? ''
  }
  throw new Error(`no button ${label}`)
}
