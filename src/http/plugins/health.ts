import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'

export interface Health {
  ready: boolean
  /** What is up and what is not; never a secret. */
  detail: unknown
}

export type HealthCheck = () => Health | Promise<Health>

const alive = Type.Object({ status: Type.Literal('ok') })
const readiness = Type.Object({ ready: Type.Boolean(), detail: Type.Unknown() })

/** `/healthz`: the process answers. `/readyz`: Redis is up and accounts are listened for, so that jobs will be drawn. */
export function healthRoutes(app: FastifyInstance, health: HealthCheck): void {
  const tags = ['Operations']
  app.get(
    '/healthz',
    { exposeHeadRoute: true, schema: { tags, summary: 'Is the process alive?', response: { 200: alive } } },
    () => ({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    {
      exposeHeadRoute: true,
      schema: {
        tags,
        summary: 'Can it take work?',
        response: {
          200: { description: 'Ready.', ...readiness },
          503: { description: 'Not ready; `detail` says what is missing.', ...readiness },
        },
      },
      serializerCompiler: () => JSON.stringify,
    },
    async (request, reply) => {
      const { ready, detail } = await ask(health, (err) => request.log.error({ err }, 'health check failed'))
      return reply
        .code(ready ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ ready, detail })
    },
  )
}

async function ask(health: HealthCheck, onError: (error: unknown) => void): Promise<Health> {
  try {
    return await health()
  } catch (error) {
    onError(error)
    return { ready: false, detail: 'the health check failed' }
  }
}
