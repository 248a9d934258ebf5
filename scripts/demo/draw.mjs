import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { Stop } from '../machine.mjs'
import { folder, shown, state, tell } from './folder.mjs'
import { createClient } from './gateway-client.mjs'
import { createProgress } from './progress.mjs'

const prompt = 'a red fox at dawn'
const pictureWithinMs = 60_000

/** Issues a token, draws with it, saves the picture and says how to go on. */
export async function drawOne(gateway, signal) {
  const client = createClient(gateway, signal)
  const adminKey = readFileSync(join(state, 'admin-key'), 'utf8').trim()
  const token = await client.createToken(adminKey)

  tell(`\nDrawing “${prompt}”`)
  const { id } = await client.imagine(token, prompt)
  const { job, image } = await client.firstPicture(id, pictureWithinMs, createProgress())
  const picture = await save(image.url, id)

  tell(`\nThe picture, ${picture.size}:  ${shown(picture.path)}`)
  tell(`The API, to browse and try:  ${gateway}/docs`)
  tell(`The admin key:  ${shown(join(state, 'admin-key'))}`)
  tell('\nTry it:\n')
  tell(`  curl '${client.address('imagine', { token, prompt: 'a lighthouse in a storm' })}'`)
  tell(`  curl '${client.address('job', { id })}'`)
  const action = image.actions.flat().find(({ label }) => label === 'U2')?.id ?? ''
  tell(`  curl '${client.address('action', { token, client_id: job.client_id, image: image.id, action })}'\n`)
}

async function save(url, id) {
  const response = await fetch(url)
  if (!response.ok) throw new Stop(`The picture's address answered ${response.status}.`)
  const bytes = Buffer.from(await response.arrayBuffer())
  // Throws where the bytes are no picture.
  const { format, width, height } = await sharp(bytes).metadata()
  const path = join(folder, `${id}.${format}`)
  writeFileSync(path, bytes)
  return { path, size: `${width} × ${height}` }
}
