import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { BannedWords } from '../../core.ts'
import { type Family, needAdmin } from './family.ts'

const list = Type.Object(
  {
    words: Type.Array(Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }), {
      maxItems: 10_000,
      description: 'Words and phrases, whatever their case.',
    }),
  },
  { additionalProperties: false, examples: [{ words: ['gore', 'blood bath'] }] },
)
const admin = { tags: ['Administration'], security: [{ adminBearer: [] }] }

/** The list of words that prompts are searched for. */
export function bannedWordRoutes(app: FastifyInstance, family: Family, bannedWords: BannedWords): void {
  app.get(
    '/banned-words',
    { schema: { summary: 'The banned words', response: { 200: list }, ...admin } },
    async (request) => {
      needAdmin(family, request)
      return { words: await bannedWords.all() }
    },
  )

  app.put<{ Body: Static<typeof list> }>(
    '/banned-words',
    {
      schema: {
        summary: 'Replace the banned words; other nodes know them within five seconds',
        body: list,
        response: { 200: list },
        ...admin,
      },
    },
    async (request) => {
      needAdmin(family, request)
      await bannedWords.replace(request.body.words.map((word) => word.trim()))
      return { words: await bannedWords.all() }
    },
  )
}
