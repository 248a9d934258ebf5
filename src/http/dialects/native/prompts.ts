import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { expandPrompt } from '../../../midjourney/prompt/expand.ts'
import { lintPrompt } from '../../../midjourney/prompt/lint.ts'
import { parsePrompt } from '../../../midjourney/prompt/parse.ts'

const body = Type.Object(
  { prompt: Type.String({ maxLength: 20_000 }) },
  { additionalProperties: false, examples: [{ prompt: 'red fox --chos 5' }] },
)
const finding = Type.Object({
  severity: Type.Unsafe<'error' | 'warning'>({ type: 'string', enum: ['error', 'warning'] }),
  code: Type.String(),
  message: Type.String(),
  at: Type.Integer(),
  suggestion: Type.Optional(Type.String()),
})
const view = Type.Object({
  findings: Type.Array(finding),
  prompts: Type.Array(Type.String(), { description: 'Of the jobs that it makes.' }),
  images: Type.Array(Type.String()),
  text: Type.String(),
  parameters: Type.Array(
    Type.Object({ name: Type.String(), value: Type.Union([Type.String(), Type.Null()]) }),
  ),
})

/** What Midjourney would say of a prompt, without asking it; needs no token and costs nothing. */
export function promptRoutes(app: FastifyInstance): void {
  app.post<{ Body: Static<typeof body> }>(
    '/prompts/lint',
    { schema: { summary: 'Look a prompt over', body, response: { 200: view }, tags: ['Jobs'] } },
    async ({ body: { prompt } }) => {
      const { images, text, parameters } = parsePrompt(prompt)
      return {
        findings: lintPrompt(prompt),
        prompts: expandPrompt(prompt),
        images,
        text,
        parameters: parameters.map(({ name, value }) => ({ name, value })),
      }
    },
  )
}
