import { describe, expect, test } from 'vitest'
import { readButtons, readSelectMenus } from '../../../src/midjourney/parse/components.ts'
import { parseInfo } from '../../../src/midjourney/parse/info.ts'
import { parseSettings } from '../../../src/midjourney/parse/settings.ts'
import { durationIn, stampIn, untilIn } from '../../../src/midjourney/parse/times.ts'
import { button, jobUuid, newUuid, rows } from '../../fixtures/messages/write.ts'

const whole = `
**User ID**: ${jobUuid}
**Subscription**: Standard (Active monthly, renews next on <t:1722649226>)
**Job Mode**: Fast
**Visibility Mode**: Public
**Fast Time Remaining**: 12.40/15.0 hours (82.67%)
**Lifetime Usage**: 1,310 images (5.12 hours)
**Relaxed Usage**: 44 images (0.73 hours)

**Queued Jobs (fast)**: 0
**Queued Jobs (relax)**: 2
**Running Jobs**: None
`

describe('parseInfo', () => {
  test('reads every line of the protocol page', () => {
    expect(parseInfo('Your info - fox_99', whole)).toEqual({
      username: 'fox_99',
      userId: jobUuid,
      subscription: {
        text: 'Standard (Active monthly, renews next on <t:1722649226>)',
        plan: 'standard',
        state: 'active',
        period: 'monthly',
        renewsAtMs: 1_722_649_226_000,
        endsAtMs: null,
      },
      mode: 'fast',
      visibility: 'public',
      fastTimeRemaining: { hours: 12.4, quotaHours: 15, percent: 82.67 },
      lifetimeUsage: { images: 1310, hours: 5.12 },
      relaxedUsage: { images: 44, hours: 0.73 },
      fastUsage: null,
      turboUsage: null,
      queued: { fast: 0, relax: 2, turbo: null },
      running: { count: 0, uuids: [] },
      lines: {
        'User ID': jobUuid,
        Subscription: 'Standard (Active monthly, renews next on <t:1722649226>)',
        'Job Mode': 'Fast',
        'Visibility Mode': 'Public',
        'Fast Time Remaining': '12.40/15.0 hours (82.67%)',
        'Lifetime Usage': '1,310 images (5.12 hours)',
        'Relaxed Usage': '44 images (0.73 hours)',
        'Queued Jobs (fast)': '0',
        'Queued Jobs (relax)': '2',
        'Running Jobs': 'None',
      },
    })
  })

  test.each([
    [
      'Mega (Active yearly, renews next on <t:1722649226>)',
      { plan: 'mega', state: 'active', period: 'yearly' },
    ],
    ['None (Trial)', { plan: 'trial', state: 'trial' }],
    ['None', { plan: 'none', state: 'none' }],
    ['Pro (Paused until <t:1722649226>)', { plan: 'pro', state: 'paused' }],
    ['Basic (Inactive)', { plan: 'basic', state: 'inactive' }],
    [
      'Basic (cancelled, ends on <t:1722649226>)',
      { state: 'cancelled', renewsAtMs: null, endsAtMs: 1_722_649_226_000 },
    ],
    ['Enterprise', { plan: null, state: 'unknown' }],
  ])('reads the subscription %j', (text, expected) => {
    expect(parseInfo('Your info', `**Subscription**: ${text}`).subscription).toMatchObject(expected)
  })

  test.each([
    ['17.50 minutes', { hours: 17.5 / 60, quotaHours: null, percent: null }],
    ['3 hours', { hours: 3, quotaHours: null, percent: null }],
    ['-0.10/15.0 hours (-0.67%)', { hours: -0.1, quotaHours: 15, percent: -0.67 }],
    ['plenty', null],
  ])('reads the time left %j', (text, expected) => {
    expect(parseInfo('Your info', `**Fast Time Remaining**: ${text}`).fastTimeRemaining).toEqual(expected)
  })

  test.each([
    [
      `\n- [a fox](https://www.midjourney.com/jobs/${jobUuid})\n- ${newUuid}`,
      { count: 2, uuids: [jobUuid, newUuid] },
    ],
    ['https://discord.com/channels/1/2/3', { count: 1, uuids: [] }],
    ['3', { count: 3, uuids: [] }],
    ['', { count: 0, uuids: [] }],
  ])('reads the running jobs %j', (text, expected) => {
    expect(parseInfo('Your info', `**Running Jobs**: ${text}`).running).toEqual(expected)
  })

  test('is not held up by padding, case, missing or new keys', () => {
    const info = parseInfo(
      'Your info',
      '**Job Mode**:      Relaxed  \n**Brand New Key**: 5: five\nno key at all',
    )
    expect(info).toMatchObject({ username: null, mode: 'relax', visibility: null, running: null })
    expect(info.lines['Brand New Key']).toBe('5: five\nno key at all')
  })

  test.each(['', ':', '**', '**:**', '\n\n\n', 'constructor: x', '__proto__: y'])(
    'survives %j',
    (description) => {
      expect(parseInfo('Your info', description).userId).toBeNull()
    },
  )
})

describe('parseSettings', () => {
  const menu = {
    type: 3,
    custom_id: 'MJ::Settings::VersionSelector',
    options: [
      { label: 'Use the latest model (7)', value: '7', default: true },
      { label: 'Midjourney Model V6.1', value: '6.1' },
    ],
  }
  const { components } = rows(
    [menu],
    [
      button('RAW Mode', 'MJ::Settings::Style::raw', 2),
      button('Stylize low', 'MJ::Settings::Stylization::50', 2),
      button('Stylize med', 'MJ::Settings::Stylization::100', 3),
      button('Stylize high', 'MJ::Settings::Stylization::250', 2),
      button('Stylize very high', 'MJ::Settings::Stylization::750', 2),
    ],
    [
      button('Public mode', 'MJ::Settings::PrivateMode', 3),
      button('Remix mode', 'MJ::Settings::RemixMode', 3),
      button('High Variation Mode', 'MJ::Settings::HighVariabilityMode::1', 3),
      button('Low Variation Mode', 'MJ::Settings::HighVariabilityMode::0', 2),
    ],
    [
      button('Turbo mode', 'MJ::Settings::Turbo', 2),
      button('Fast mode', 'MJ::Settings::Fast', 3),
      button('Relax mode', 'MJ::Settings::Relax', 2),
      button('Something new', 'MJ::Settings::New', 2),
      button('Reset Settings', 'MJ::Settings::Reset', 2),
    ],
  )

  test('reads the switches by their style', () => {
    const settings = parseSettings(readButtons(components), readSelectMenus(components))
    expect(settings).toMatchObject({
      remix: true,
      raw: false,
      public: true,
      highVariation: true,
      mode: 'fast',
      version: {
        customId: 'MJ::Settings::VersionSelector',
        selected: '7',
        options: [{ value: '7' }, { value: '6.1' }],
      },
    })
    expect(settings?.switches.map(({ key, on }) => [key, on])).toEqual([
      ['raw', false],
      ['stylize-low', false],
      ['stylize-medium', true],
      ['stylize-high', false],
      ['stylize-very-high', false],
      ['public', true],
      ['remix', true],
      ['high-variation', true],
      ['low-variation', false],
      ['turbo', false],
      ['fast', true],
      ['relax', false],
      [null, false],
      ['reset', false],
    ])
  })

  test('is nothing without a setting', () => {
    expect(parseSettings([], [])).toBeNull()
  })

  test('does not guess what is not shown', () => {
    const { components: few } = rows([button('Reset Settings', 'MJ::Settings::Reset')])
    expect(parseSettings(readButtons(few), [])).toMatchObject({ remix: null, mode: null, version: null })
  })
})

describe('times', () => {
  test.each([
    ['30 seconds', 30_000],
    ['for 5 minutes.', 300_000],
    ['1 hour', 3_600_000],
    ['an hour', 3_600_000],
    ['2 days', 172_800_000],
    ['1 week', 604_800_000],
    ['1.5 hours', 5_400_000],
    ['1 hour and 30 minutes', 5_400_000],
    ['1 day, 2 hours', 93_600_000],
    ['2 hours. You did it 3 days ago', 7_200_000],
    ['soon', null],
  ])('of %j', (text, expected) => {
    expect(durationIn(text)).toBe(expected)
  })

  test('a stamp counts before a duration', () => {
    expect(stampIn('at <t:1722649226:R>')).toBe(1_722_649_226_000)
    expect(stampIn('at <t:1722649226>')).toBe(1_722_649_226_000)
    expect(untilIn('2 hours, till <t:1722649226:R>', 0)).toBe(1_722_649_226_000)
    expect(untilIn('2 hours', 1_000)).toBe(7_201_000)
    expect(untilIn('2 hours', null)).toBeNull()
    expect(untilIn('for ever', 1_000)).toBeNull()
  })
})
