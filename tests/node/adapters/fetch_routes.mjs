import { respond } from 'tenant-select/web'
import { authenticator, Background, CACHED, CHUNKS, corsHeaders, onRefusal, seen } from './application.mjs'

const encoded = (text) => new TextEncoder().encode(text)

/**
 * The routes of the application as handlers of the Fetch standard: by method and pattern, each gets a request and the tenant of
 * its path.
 */
export function fetchRoutes() {
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
  const handlers = {
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
  const route = (handler) => (request, tenant) =>
    respond(decides, request, (context) => handler(context, tenant), { onRefusal, onError })
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, route(handler)]))
}

/** Responds to a preflight, and adds the headers of CORS to every other response. */
export async function withCors(request, respondTo) {
  const cors = corsHeaders(request.headers.get('origin'))
  if (request.method === 'OPTIONS') return new Response(null, { headers: cors })
  const response = await respondTo(request)
  for (const [name, value] of Object.entries(cors)) response.headers.append(name, value)
  return response
}

/** The handler of a request and the tenant of its path, for servers that route nothing themselves. */
export function routed(routes, request) {
  const { pathname } = new URL(request.url)
  const [, tenant] = /^\/tenants\/([^/]+)/.exec(pathname) ?? []
  return { handler: routes[`${request.method} ${pathname.replace(/^\/tenants\/[^/]+/, '/tenants/:tenant')}`], tenant }
}
