import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import type { Message } from '../../../src/simulator/world/message.ts'
import { until } from '../../helpers/until.ts'
import { buttonOf, User } from './raw-client.ts'

let sim: Simulator
let user: User
beforeAll(async () => {
  sim = await startSimulator({ accounts: 2, speed: 100, pictureSize: 'tiny', loadingFirstRate: 0 })
  user = await User.join(sim)
})
afterAll(() => sim.close())

const answerTo = (nonce: string) =>
  user.gateway.dispatched('MESSAGE_CREATE', (message) => message.nonce === nonce)
const editOf = (id: string, fits: (message: Message) => boolean = () => true) =>
  user.gateway.dispatched('MESSAGE_UPDATE', (message) => message.id === id && fits(message))
const jobsOf = (nonce: string) => sim.truth.jobs().filter((job) => job.nonce === nonce)
const seen = (nonce: string) => sim.truth.interactions().find((one) => one.nonce === nonce)

const picture = (colour: string, width = 30, height = 20) =>
  sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer()

async function upload(filename: string, bytes: Buffer, id = 0) {
  const body = { files: [{ filename, file_size: bytes.length, id: String(id) }] }
  const answer = await user.request('POST', `/channels/${user.account.channelId}/attachments`, body)
  const { attachments } = (await answer.json()) as {
    attachments: [{ upload_url: string; upload_filename: string }]
  }
  await fetch(attachments[0].upload_url, { method: 'PUT', body: new Uint8Array(bytes) })
  return { id: String(id), filename, uploaded_filename: attachments[0].upload_filename }
}

const image = (name: string, value: number) => ({ type: 11, name, value })
const text = (name: string, value: string) => ({ type: 3, name, value })

describe('/blend', () => {
  async function blend(pictures: Buffer[], more: object[] = []) {
    const attachments = await Promise.all(pictures.map((bytes, n) => upload(`${n}.png`, bytes, n)))
    const options = pictures.map((_, n) => image(`image${n + 1}`, n))
    return user.commandBody('blend', [...options, ...more], { attachments })
  }
  const send = async (body: Awaited<ReturnType<typeof blend>>) =>
    (await user.request('POST', '/interactions', body)).status

  test.each([2, 5])('makes one picture of %i', async (count) => {
    const colours = ['red', 'green', 'blue', 'white', 'black'].slice(0, count)
    const body = await blend(await Promise.all(colours.map((colour) => picture(colour))), [
      text('dimensions', '--ar 2:3'),
    ])
    expect(await send(body)).toBe(204)
    const final = await user.final(body.nonce)
    expect(final.content).toMatch(
      new RegExp(`^\\*\\*(<https://s\\.mj\\.run/\\w{11}> ){${count}}--ar 2:3 --v 7\\.0\\*\\* - <@\\d+>`),
    )
    expect(jobsOf(body.nonce)[0]).toMatchObject({ kind: 'blend' })
    const { width = 0, height = 0 } = final.attachments[0] ?? {}
    expect(width / height).toBeCloseTo(2 / 3, 1)
    expect(buttonOf(final, 'U1')).toContain(jobsOf(body.nonce)[0]?.jobUuid)
  })

  test('needs two pictures that were uploaded, and a shape of its list', async () => {
    const [red, blue] = [await picture('red'), await picture('blue')]
    expect(await send(await blend([red]))).toBe(400)
    expect(await send(await blend([red, blue], [text('dimensions', '--ar 5:1')]))).toBe(400)
    const body = await blend([red, blue])
    body.data.options = [image('image1', 0), image('image2', 7)]
    expect(await send(body)).toBe(400)
  })

  test('says so when two are the same, once it has begun, or when one is none', async () => {
    const red = await picture('red')
    const same = await blend([red, red])
    await send(same)
    await until(() => jobsOf(same.nonce)[0]?.failure === 'duplicate-images')
    await editOf(
      jobsOf(same.nonce)[0]?.progressMessageId ?? '',
      ({ embeds }) => embeds[0]?.title === 'Duplicate images detected',
    )
    const none = await blend([red, Buffer.from('no picture')])
    await send(none)
    expect((await answerTo(none.nonce)).embeds[0]?.title).toBe('Invalid link!')
  })
})

describe('/describe', () => {
  async function described(options: object[], attachments: object[] = []) {
    const answer = await answerTo(await user.command('describe', options, { attachments }))
    expect(answer).toMatchObject({ flags: 128, content: '', embeds: [], interaction: { name: 'describe' } })
    return editOf(answer.id)
  }
  const ofUpload = async () =>
    described([image('image', 0)], [await upload('wide.png', await picture('teal'))])
  const line = (message: Message, n: number) =>
    message.embeds[0]?.description
      ?.split('\n\n')
      [n - 1]?.replace(/^\S+ /, '')
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1') ?? ''

  test('shows the upload and four prompts of its shape', async () => {
    const message = await ofUpload()
    const [embed] = message.embeds
    expect(embed?.image).toMatchObject({ width: 30, height: 20 })
    expect(embed?.image?.url).toContain('/ephemeral-attachments/')
    expect((await fetch(embed?.image?.url ?? '')).status).toBe(200)
    expect(embed?.description?.split('\n\n')).toHaveLength(4)
    for (const n of [1, 2, 3, 4]) expect(line(message, n)).toMatch(/ --ar 3:2$/)
  })

  test('takes a link', async () => {
    const final = await user.final(await user.imagine('a wide kite --ar 16:9'))
    const link = final.attachments[0]?.url ?? ''
    const message = await described([text('link', link)])
    expect(message.embeds[0]?.image?.url).toBe(link)
    expect(line(message, 1)).toMatch(/ --ar \d+:\d+$/)
    const foreign = await described([text('link', 'https://example.com/a.png')])
    expect(line(foreign, 1)).toMatch(/ --ar 1:1$/)
  })

  test.each([
    [
      'a link that leads nowhere',
      () => [text('link', `${sim.urls.cdn}/attachments/1/2/a.png`)],
      'Invalid link',
    ],
    ['no address', () => [text('link', 'my picture')], 'Invalid link'],
    ['nothing', () => [], 'Invalid request'],
  ])('has no use for %s', async (_, options, title) => {
    expect((await described(options())).embeds[0]?.title).toBe(title)
  })

  test('has no use for a file that is no picture', async () => {
    const file = await upload('words.png', Buffer.from('words'))
    expect((await described([image('image', 0)], [file])).embeds[0]?.title).toBe('Invalid link!')
  })

  test('a number draws its prompt at once, or offers it in a form under remix', async () => {
    const message = await ofUpload()
    const nonce = await user.click(message, buttonOf(message, '2️⃣'))
    const final = await user.final(nonce)
    expect(final.content).toContain(`**${line(message, 2)} --v 7.0**`)
    expect(final.message_reference?.message_id).toBe(message.id)
    sim.setAccount(0, { remix: true })
    const dialog = await user.dialog(await user.click(message, buttonOf(message, '3️⃣')))
    sim.setAccount(0, { remix: false })
    expect(dialog.custom_id).toBe('MJ::Picreader::Modal::3')
    expect(dialog.components?.[0]?.components[0]?.value).toBe(line(message, 3))
  })

  test('Imagine all draws four', async () => {
    const message = await ofUpload()
    const click = await user.click(message, buttonOf(message, 'Imagine all'))
    await until(() => jobsOf(click).filter(({ state }) => state === 'done').length === 4)
    expect(jobsOf(click).map(({ prompt }) => prompt)).toEqual([1, 2, 3, 4].map((n) => line(message, n)))
    expect(seen(click)?.jobUuids).toHaveLength(4)
  })

  test('🔄 writes four others into the same message', async () => {
    const message = await ofUpload()
    await user.click(message, buttonOf(message, '🔄'))
    const others = await editOf(
      message.id,
      ({ embeds }) => line({ embeds } as Message, 1) !== line(message, 1),
    )
    expect(others.embeds[0]?.image?.url).toBe(message.embeds[0]?.image?.url)
    expect(others.components).toEqual(message.components)
  })
})

describe('/shorten', () => {
  const shortened = async (prompt: string) =>
    editOf((await answerTo(await user.command('shorten', [text('prompt', prompt)]))).id)

  test('marks what counts and offers five prompts, each with a button', async () => {
    const prompt = 'a very tall lighthouse on a rocky coast in heavy rain'
    const message = await shortened(`${prompt} --ar 3:2`)
    const [embed] = message.embeds
    expect(embed?.footer?.text).toBe('Click on a button to imagine one of the shortened prompts')
    const offers = embed?.description?.split('## Shortened prompts\n')[1]?.split('\n\n') ?? []
    expect(offers).toHaveLength(5)
    const lengths = offers.map((offer) => offer.split(' ').length)
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
    expect(lengths[4]).toBeLessThan(lengths[0] ?? 0)
    const dialog = await user.dialog(await user.click(message, buttonOf(message, '1️⃣')))
    expect(dialog.custom_id).toBe(`MJ::ImagineModal::${message.id}`)
    const value = dialog.components?.[0]?.components[0]?.value ?? ''
    expect(offers[0]).toBe(`1️⃣ ${value}`)
    expect((await user.final(await user.fill(dialog, value))).content).toContain(`**${value} --v 7.0**`)
  })

  test('Show Details tells the weights, once', async () => {
    const message = await shortened('a lighthouse')
    await user.click(message, buttonOf(message, 'Show Details'))
    const detailed = await editOf(message.id, ({ components }) => components.length === 1)
    expect(detailed.embeds[0]?.description).toMatch(/## Details\na \(0\.\d\d\), lighthouse \(0\.\d\d\)$/)
    expect(buttonOf(detailed, '5️⃣')).toBe('MJ::Job::PromptAnalyzer::5')
  })

  test('has the same rules as a prompt', async () => {
    expect((await shortened('so much gore')).embeds[0]?.title).toBe('Banned prompt detected')
  })
})

describe('/show', () => {
  const show = async (id: string, client = user) => client.command('show', [text('job_id', id)])

  test('shows a job again, with buttons that work', async () => {
    const final = await user.final(await user.imagine('a kite to see again'))
    const uuid = sim.truth.jobs().find(({ finalMessageId }) => finalMessageId === final.id)?.jobUuid ?? ''
    const answer = await answerTo(await show(uuid))
    expect(answer.content).toBe('Displaying...')
    const shown = await user.gateway.dispatched(
      'MESSAGE_CREATE',
      ({ message_reference }) => message_reference?.message_id === answer.id,
    )
    expect(shown).toMatchObject({ content: final.content, components: final.components })
    expect(shown.attachments[0]?.filename).toBe(final.attachments[0]?.filename)
    const single = await user.final(await user.click(shown, buttonOf(shown, 'U2')))
    expect(single.message_reference?.message_id).toBe(shown.id)
  })

  test.each([
    ['nobody’s', '01234567-89ab-4cde-8f01-23456789abcd'],
    ['no id at all', 'my last one'],
  ])('an id that is %s is named in an embed', async (_, id) => {
    const { id: message } = await answerTo(await show(id))
    const edit = await editOf(message, ({ embeds }) => embeds.length > 0)
    expect(edit.embeds[0]?.description).toContain(`\`${id}\``)
  })

  test('knows only the account’s own jobs', async () => {
    const other = await User.join(sim, 1)
    const nonce = await other.imagine('a kite of somebody else')
    await other.final(nonce)
    const { id } = await answerTo(await show(jobsOf(nonce)[0]?.jobUuid ?? ''))
    expect((await editOf(id, ({ embeds }) => embeds.length > 0)).embeds[0]?.title).toBe('Invalid request')
    other.leave()
  })
})

describe('a prompt with pictures', () => {
  test.each([
    ['a picture that is there', async () => user.final(await user.imagine('a first kite')), 'job'],
    [
      'a picture whose link was cut',
      async () => {
        const { attachments } = await user.final(await user.imagine('a second kite'))
        return { attachments: [{ url: attachments[0]?.url.split('?')[0] ?? '' }] }
      },
      'invalid-link',
    ],
  ])('links to %s', async (_, draw, outcome) => {
    const { attachments } = await draw()
    const nonce = await user.imagine(`${attachments[0]?.url} a kite like that`)
    await answerTo(nonce)
    expect(seen(nonce)?.outcome).toBe(outcome)
  })

  test('must not link to what is none', async () => {
    const file = await upload('words.txt', Buffer.from('words'))
    const answer = await user.request('POST', `/channels/${user.account.channelId}/messages`, {
      content: '',
      attachments: [file],
    })
    const { attachments } = (await answer.json()) as Message
    const nonce = await user.imagine(`${attachments[0]?.url} a kite`)
    expect((await answerTo(nonce)).embeds[0]?.title).toBe('Invalid link!')
  })
})

test.each(['subscribe', 'invite', 'feedback', 'list_tuners', 'list_personalize_codes'])(
  '/%s has an answer',
  async (name) => {
    expect((await answerTo(await user.command(name))).content).not.toBe('')
  },
)
