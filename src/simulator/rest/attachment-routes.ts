import type { FastifyInstance } from 'fastify'
import { channelFor } from './access.ts'
import { discordError, invalidForm } from './discord-error.ts'
import { Form } from './read.ts'
import { type RestParts, visitOf } from './visit.ts'

const maxFiles = 10
const maxUrls = 50

/** Upload slots and fresh links (protocol page §3.2, §3.4). */
export function attachmentRoutes(api: FastifyInstance, { world, uploads, links, files }: RestParts): void {
  api.post<{ Params: { channel: string } }>('/channels/:channel/attachments', (request) => {
    const { account } = visitOf(request)
    const channel = channelFor(world, account, request.params.channel)
    const wanted = new Form(request.body).list('files')
    if (wanted.length < 1 || wanted.length > maxFiles) {
      throw invalidForm('files', 'BASE_TYPE_BAD_LENGTH', `Must be between 1 and ${maxFiles} in length.`)
    }
    const attachments = wanted.map((form, at) => {
      const slot = uploads.open(account.index, form.text('filename'), form.number('file_size'))
      // The id comes back as it was sent: a number from some clients, text from others.
      const id = form.has('id') ? Number(form.text('id')) : at
      const upload_url = `${links.base}/upload/${slot.name}?upload_id=${world.newId()}&channel=${channel.id}`
      return { id, upload_url, upload_filename: slot.name }
    })
    return { attachments }
  })

  api.delete<{ Params: { '*': string } }>('/attachments/*', (request, reply) => {
    if (!uploads.drop(decodeURIComponent(request.params['*']))) throw discordError('not-found')
    return reply.code(204).send()
  })

  api.post('/attachments/refresh-urls', (request) => {
    const urls = new Form(request.body).texts('attachment_urls')
    if (urls.length < 1 || urls.length > maxUrls) {
      throw invalidForm(
        'attachment_urls',
        'BASE_TYPE_BAD_LENGTH',
        `Must be between 1 and ${maxUrls} in length.`,
      )
    }
    const refreshed_urls = urls.flatMap((original) => {
      const path = pathOf(original)
      return path !== null && files.get(path) ? { original, refreshed: links.sign(path) } : []
    })
    return { refreshed_urls }
  })
}

function pathOf(url: string): string | null {
  try {
    return decodeURI(new URL(url).pathname.replace(/^\/media/, ''))
  } catch {
    return null
  }
}
