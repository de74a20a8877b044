import { once } from 'node:events'
import { serve as serveFetch } from '@hono/node-server'
import { respond } from 'tenant-select/web'
import { authenticator, Background, CACHED, CHUNKS, corsHeaders, onRefusal, seen } from './application.mjs'

/** Serves the application with handlers of the Fetch standard and nothing else. */
export async function serve() {
  const background = new Background()
  const decides = authenticator()
  const show = (context) => Response.json(seen(context.session, context.request.headers.get('cookie')))
  const session = (requirement) => async (context) => {
    await context.authenticate(requirement)
    return show(context)
  }
  const tenant =
    (handler, requirement = {}) =>
    async (context, tenant) => {
      await context.authenticate({ ...requirement, tenant })
      return handler(context)
    }
  const routes = {
    'GET /public': show,
    'GET /session': session(),
    'GET /optional': session({ required: false }),
    'GET /step-up': session({ stepUp: true }),
    'GET /tenants/:tenant/documents': tenant(show),
    'HEAD /tenants/:tenant/documents': tenant(() => new Response(null)),
    'POST /tenants/:tenant/documents': tenant(show, { permissions: ['documents.write'] }),
    'POST /tenants/:tenant/switch': async (context, tenant) => {
      await context.switch(tenant)
      return show(context)
    },
    'POST /sign-out': async (context) => {
      await context.signOut()
      return show(context)
    },
    'GET /tenants/:tenant/stream': tenant(() => new Response(ReadableStream.from(CHUNKS.map(encoded)))),
    'GET /tenants/:tenant/error': tenant(() => {
      throw new Error('on purpose')
    }),
    'GET /tenants/:tenant/cached': tenant(() => new Response('cached', { headers: CACHED })),
    'GET /tenants/:tenant/theme': tenant(() => new Response('dark', { headers: { 'set-cookie': 'theme=dark' } })),
    'GET /tenants/:tenant/background': tenant((context) => {
      setImmediate(() => background.run())
      return show(context)
    }),
    'GET /background-ran': () => new Response(null, { status: background.hasRun() ? 200 : 404 }),
  }

  const onError = () => new Response('Internal Server Error', { status: 500 })
  async function fetch(request) {
    const { pathname } = new URL(request.url)
    const [, id] = /^\/tenants\/([^/]+)/.exec(pathname) ?? []
    const handler = routes[`${request.method} ${pathname.replace(/^\/tenants\/[^/]+/, '/tenants/:tenant')}`]
    const cors = corsHeaders(request.headers.get('origin'))
    if (request.method === 'OPTIONS') return new Response(null, { headers: cors })
    if (handler === undefined) return new Response(null, { status: 404 })
    const response = await respond(decides, request, (context) => handler(context, id), { onRefusal, onError })
    for (const [name, value] of Object.entries(cors)) response.headers.append(name, value)
    return response
  }

  const server = serveFetch({ fetch, port: 0, hostname: '127.0.0.1' })
  if (!server.listening) await once(server, 'listening')
  return server
}

const encoded = (text) => new TextEncoder().encode(text)
