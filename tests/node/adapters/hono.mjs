import { once } from 'node:events'
import { serve as serveFetch } from '@hono/node-server'
import { Hono } from 'hono'
import { hono } from 'tenant-select/web'
import { authenticator, Background, CACHED, CHUNKS, corsHeaders, onRefusal, seen } from './application.mjs'

/** Serves the application with Hono. */
export async function serve() {
  const app = new Hono()
  const background = new Background()
  app.use(hono(authenticator(), { onRefusal }))
  app.use(async (c, next) => {
    if (c.req.method === 'OPTIONS') return c.body(null, 200, corsHeaders(c.req.header('origin')))
    await next()
    for (const [name, value] of Object.entries(corsHeaders(c.req.header('origin')))) c.header(name, value)
  })
  // Hono would write the error of the situations to the console.
  app.onError((error, c) => error.getResponse?.() ?? c.text('Internal Server Error', 500))
  const show = (c) => c.json(seen(c.get('tenantSelect').session, c.req.header('cookie')))
  const decides = (decide) => async (c, next) => {
    await decide(c.get('tenantSelect'), c.req.param('tenant'))
    await next()
  }
  const session = (requirement) => decides((context) => context.authenticate(requirement))
  const tenant = (requirement) => decides((context, tenant) => context.authenticate({ ...requirement, tenant }))

  app.get('/public', show)
  app.get('/session', session(), show)
  app.get('/optional', session({ required: false }), show)
  app.get('/step-up', session({ stepUp: true }), show)
  app.get('/tenants/:tenant/documents', tenant(), show)
  app.post('/tenants/:tenant/documents', tenant({ permissions: ['documents.write'] }), show)
  app.post(
    '/tenants/:tenant/switch',
    decides((context, tenant) => context.switch(tenant)),
    show,
  )
  app.post(
    '/sign-out',
    decides((context) => context.signOut()),
    show,
  )
  app.get('/tenants/:tenant/stream', tenant(), (c) => c.body(ReadableStream.from(CHUNKS.map(encoded))))
  app.get('/tenants/:tenant/error', tenant(), () => {
    throw new Error('on purpose')
  })
  app.get('/tenants/:tenant/cached', tenant(), (c) => c.text('cached', 200, CACHED))
  app.get('/tenants/:tenant/theme', tenant(), (c) => c.text('dark', 200, { 'set-cookie': 'theme=dark' }))
  app.get('/tenants/:tenant/background', tenant(), (c) => {
    setImmediate(() => background.run())
    return show(c)
  })
  app.get('/background-ran', (c) => c.body(null, background.hasRun() ? 200 : 404))

  const server = serveFetch({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  if (!server.listening) await once(server, 'listening')
  return server
}

const encoded = (text) => new TextEncoder().encode(text)
