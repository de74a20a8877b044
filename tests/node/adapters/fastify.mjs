import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { contextOf, requireSession, requireTenant, signOut, switchTenant, tenantSelect } from 'tenant-select/fastify'
import {
  authenticator,
  Background,
  CACHED,
  CHUNKS,
  corsHeaders,
  onRefusal,
  seen,
  TENANT,
  WRITE,
} from './application.mjs'

/** Serves the application with Fastify. */
export async function serve() {
  const app = Fastify()
  const background = new Background()
  app.register(tenantSelect, { authenticator: authenticator(), onRefusal })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(corsHeaders(request.headers.origin))
    return request.method === 'OPTIONS' ? reply.code(200).send() : undefined
  })
  const show = async (request) => seen(contextOf(request).session, request.headers.cookie)
  const needs = (preHandler) => ({ preHandler })

  app.get('/public', show)
  app.get('/session', needs(requireSession()), show)
  app.get('/optional', needs(requireSession({ required: false })), show)
  app.get('/step-up', needs(requireSession({ stepUp: true })), show)
  app.get('/tenants/:tenant/documents', needs(requireTenant(TENANT)), show)
  app.post('/tenants/:tenant/documents', needs(requireTenant(WRITE)), show)
  app.post('/tenants/:tenant/switch', needs(switchTenant(TENANT)), show)
  app.post('/sign-out', needs(signOut()), show)
  app.get('/tenants/:tenant/stream', needs(requireTenant(TENANT)), async () => Readable.from(CHUNKS))
  app.get('/tenants/:tenant/error', needs(requireTenant(TENANT)), async () => {
    throw new Error('on purpose')
  })
  app.get('/tenants/:tenant/cached', needs(requireTenant(TENANT)), async (_request, reply) =>
    reply.headers(CACHED).send('cached'),
  )
  app.get('/tenants/:tenant/theme', needs(requireTenant(TENANT)), async (_request, reply) =>
    reply.header('set-cookie', 'theme=dark').send('dark'),
  )
  app.get('/tenants/:tenant/background', needs(requireTenant(TENANT)), async (request, reply) => {
    reply.raw.on('finish', () => setImmediate(() => background.run()))
    return show(request)
  })
  app.get('/background-ran', async (_request, reply) => reply.code(background.hasRun() ? 200 : 404).send())

  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}
