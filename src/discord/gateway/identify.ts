/** What the client says it is: the same in IDENTIFY and, as base64, in each REST call (protocol page §2.3, §3). */
export interface ClientProperties {
  readonly os: string
  readonly browser: string
  readonly device: string
  readonly system_locale: string
  readonly browser_user_agent: string
  readonly browser_version: string
  readonly os_version: string
  readonly referrer: string
  readonly referring_domain: string
  readonly referrer_current: string
  readonly referring_domain_current: string
  readonly release_channel: string
  readonly client_build_number: number
  readonly client_event_source: null
}

export const defaultProperties: ClientProperties = {
  os: 'Windows',
  browser: 'Chrome',
  device: '',
  system_locale: 'en-US',
  browser_user_agent:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  browser_version: '131.0.0.0',
  os_version: '10',
  referrer: '',
  referring_domain: '',
  referrer_current: '',
  referring_domain_current: '',
  release_channel: 'stable',
  client_build_number: 260292,
  client_event_source: null,
}

/** The bit field that peers of 2024 to 2026 send; it names no intents, a user has none (protocol page §2.3). */
const capabilities = 16381

/** The `d` of IDENTIFY for a user client. */
export const identifyPayload = (token: string, properties: ClientProperties) => ({
  token,
  capabilities,
  properties,
  presence: { status: 'online', since: 0, activities: [], afk: false },
  compress: false,
  client_state: {
    guild_versions: {},
    highest_last_message_id: '0',
    read_state_version: 0,
    user_guild_settings_version: -1,
    user_settings_version: -1,
    private_channels_version: '0',
    api_code_version: 0,
  },
})

/** The value of `X-Super-Properties`. */
export const superProperties = (properties: ClientProperties): string =>
  Buffer.from(JSON.stringify(properties)).toString('base64')
