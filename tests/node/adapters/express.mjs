import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import express from 'express'
import { contextOf, requireSession, requireTenant, signOut, switchTenant, tenantSelect } from 'tenant-select/express'
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

/** Serves the application with Express. */
export async function serve() {
  const app = express()
  const background = new Background()
  app.set('env', 'test')
  app.use(tenantSelect(authenticator(), { onRefusal }))
  app.use((request, response, next) => {
    response.set(corsHeaders(request.headers.origin))
    if (request.method === 'OPTIONS') response.status(200).end()
    else next()
  })
  const show = (request, response) => response.json(seen(contextOf(request).session, request.headers.cookie))

  app.get('/public', show)
  app.get('/session', requireSession(), show)
  app.get('/optional', requireSession({ required: false }), show)
  app.get('/step-up', requireSession({ stepUp: true }), show)
  app.get('/tenants/:tenant/documents', requireTenant(TENANT), show)
  app.post('/tenants/:tenant/documents', requireTenant(WRITE), show)
  app.post('/tenants/:tenant/switch', switchTenant(TENANT), show)
  app.post('/sign-out', signOut(), show)
  app.get('/tenants/:tenant/stream', requireTenant(TENANT), async (_request, response) => {
    for (const chunk of CHUNKS) {
      response.write(chunk)
      await wait(1)
    }
    response.end()
  })
  app.get('/tenants/:tenant/error', requireTenant(TENANT), () => {
    throw new Error('on purpose')
  })
  app.get('/tenants/:tenant/cached', requireTenant(TENANT), (_request, response) => response.set(CACHED).send('cached'))
  app.get('/tenants/:tenant/theme', requireTenant(TENANT), (_request, response) => {
    response.cookie('theme', 'dark').send('dark')
  })
  app.get('/tenants/:tenant/background', requireTenant(TENANT), (request, response) => {
    response.on('finish', () => setImmediate(() => background.run()))
    show(request, response)
  })
  app.get('/background-ran', (_request, response) => response.sendStatus(background.hasRun() ? 200 : 404))

  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
