import type { FastifyInstance } from 'fastify'
import { baseOf } from '../result-links.ts'

/** `GET /`: what this is and where to go on, for a person or a program. */
export function welcomeRoute(app: FastifyInstance, publicUrl: string | null): void {
  app.get('/', { exposeHeadRoute: true, schema: { hide: true } }, (request, reply) => {
    const base = baseOf(request, publicUrl)
    const steps = firstSteps(base)
    if (!request.headers.accept?.includes('text/html')) {
      return reply.send({
        name: 'Drawbridge',
        docs: `${base}/docs`,
        openapi: `${base}/openapi.json`,
        try: steps,
      })
    }
    return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page(steps))
  })
}

const policy = "default-src 'none'; style-src 'unsafe-inline'"

const firstSteps = (base: string): string[] => [
  `curl '${base}/midjourney/create_token?count=100&day=30' -H "Authorization: Bearer $ADMIN_KEY"`,
  `curl -G '${base}/midjourney/imagine' -d "token=$TOKEN" --data-urlencode 'prompt=a red fox --ar 3:2'`,
  `curl "${base}/midjourney/job?id=$ID"`,
]

const page = (steps: string[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drawbridge</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem }
  pre { background: #f3f3f3; color: #222; padding: .8rem; overflow-x: auto; border-radius: .3rem }
</style>
<h1>Drawbridge</h1>
<p>One HTTP API over a pool of Midjourney accounts. Every endpoint is described at <a href="docs">/docs</a>.</p>
<p>Issue a token, draw, and look at the result:</p>
${steps.map((step) => `<pre>${escapeHtml(step)}</pre>`).join('\n')}
</html>
`

/** The base address may come from the request's own Host header. */
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
