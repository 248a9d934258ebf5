import type { FastifyInstance, FastifyReply } from 'fastify'
import sharp from 'sharp'

/** Which of the two addresses the editor's back end has (protocol page §8, region submit). */
export type RegionForms = 'newer' | 'older' | 'both'

export interface RegionBackEnd {
  forms: RegionForms
  /** Starts the job of the window with this token; false when there is none. */
  submit(token: string, prompt: string, maskBytes: number): boolean
}

/** The region editor's back end under /activities (protocol page §3.1, Vary Region). */
export function editorRoutes(app: FastifyInstance, region: RegionBackEnd): void {
  const submit = async (token: unknown, body: Record<string, unknown> | null, reply: FastifyReply) => {
    const { mask, prompt } = body ?? {}
    if (typeof token !== 'string' || typeof mask !== 'string' || typeof prompt !== 'string') {
      return reply.code(400).send({ message: 'customId, mask and prompt are required' })
    }
    const bytes = Buffer.from(mask.replace(/^data:[^,]*,/, ''), 'base64')
    const picture = await sharp(bytes)
      .metadata()
      .catch(() => null)
    if (!picture) return reply.code(400).send({ message: 'the mask is no picture' })
    if (!region.submit(token.replace(/^MJ::iframe::/, ''), prompt, bytes.length)) {
      return reply.code(403).send({ message: 'no such window' })
    }
    return reply.code(200).send({})
  }
  if (region.forms !== 'older') {
    app.post<{ Params: { token: string } }>(
      '/activities/.proxy/inpaint/api/submit-job/:token',
      (request, reply) => submit(request.params.token, parse(request.body), reply),
    )
  }
  if (region.forms !== 'newer') {
    app.post('/activities/inpaint/api/submit-job', (request, reply) => {
      const body = parse(request.body)
      return submit(body?.customId, body, reply)
    })
  }
}

function parse(body: unknown): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.isBuffer(body) ? body.toString() : '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
