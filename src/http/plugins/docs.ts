import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** The OpenAPI document, made of the very schemas that check requests, at `/openapi.json`; browsable at `/docs`. */
export function documentRoutes(app: FastifyInstance, publicUrl: string | null): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Drawbridge',
        version: '0.1.0',
        description: 'One dependable HTTP API over a pool of Discord accounts with Midjourney subscriptions.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: publicUrl ?? '/' }],
      tags: [
        { name: 'Midjourney', description: 'Draw, follow, act: the `/midjourney` family.' },
        { name: 'Jobs', description: 'The native `/v1` family: submit, follow, act, answer.' },
        {
          name: 'Events',
          description: 'What happens to jobs: live as server-sent events, and as signed callbacks.',
        },
        { name: 'Images', description: 'The pictures and videos of jobs, at links that do not change.' },
        { name: 'Accounts', description: 'What operators see and say; these need the admin key.' },
        {
          name: 'mj-proxy',
          description: 'The `/mj` family; `/mj-fast/mj`, `/mj-relax/mj` and `/mj-turbo/mj` fix the mode.',
        },
        { name: 'Trigger', description: 'The `/v1/api/trigger` family.' },
        { name: 'OpenAI', description: '`/v1/images` and `/v1/models`, as the `openai` packages call them.' },
        { name: 'Submit', description: 'The `/api/v1` family.' },
        { name: 'Administration', description: 'Tokens and accounts; these need the admin key.' },
        { name: 'Operations', description: 'Health of the process.' },
      ],
      components: {
        securitySchemes: {
          token: { type: 'apiKey', in: 'query', name: 'token', description: 'An API token.' },
          adminKey: { type: 'apiKey', in: 'header', name: 'x-admin-key' },
          mjApiSecret: { type: 'apiKey', in: 'header', name: 'mj-api-secret', description: 'An API token.' },
          bearer: { type: 'http', scheme: 'bearer', description: 'An API token.' },
          adminBearer: { type: 'http', scheme: 'bearer', description: 'The admin key.' },
        },
      },
    },
  })
  app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { docExpansion: 'list' },
    theme: { title: 'Drawbridge API' },
  })

  app.after(() => {
    app.get(
      '/openapi.json',
      { exposeHeadRoute: true, schema: { hide: true }, preHandler: allowAnyOrigin },
      () => app.swagger(),
    )
  })
}

/** The document is public, and API tools read it from pages of their own. */
const allowAnyOrigin = async (_request: unknown, reply: { header(name: string, value: string): unknown }) => {
  reply.header('access-control-allow-origin', '*')
}
