// Fastify: sign in, switch the tenant, and protect an endpoint by tenant and permission.
//
//   npm install tenant-select fastify
//   PORT=3000 node fastify.mjs
//   INSECURE_COOKIES=1 PORT=3000 node fastify.mjs  # DEVELOPMENT ONLY, over plain http

import Fastify from 'fastify'
import { AuthenticationError, Client, InvalidInputError, RequestAuthenticator } from 'tenant-select'
import { contextOf, requireTenant, signOut, switchTenant, tenantSelect } from 'tenant-select/fastify'

const cookies = { secure: process.env.INSECURE_COOKIES !== '1' } // browsers keep Secure cookies to https
const client = new Client() // DESCOPE_PROJECT_ID
const app = Fastify()
app.register(tenantSelect, { authenticator: new RequestAuthenticator(client, { cookies }) })

const toRead = requireTenant({ param: 'tenant', permissions: ['documents.read'] })
app.get('/tenants/:tenant/documents', { preHandler: toRead }, async (request) => {
  return { readBy: contextOf(request).session.userId }
})

app.post('/tenants/:tenant/select', { preHandler: switchTenant({ param: 'tenant' }) }, async (request) => {
  return { tenant: request.params.tenant }
})

app.post('/logout', { preHandler: signOut() }, async () => ({}))

// The page's sign-in flow ends here with the refresh token that it got.
app.post('/login', async (request, reply) => {
  if (typeof request.body?.refreshJwt !== 'string') return reply.code(400).send()
  const exchanged = await client.refreshSession(request.body.refreshJwt)
  reply.header('Cache-Control', 'no-store').header('Set-Cookie', exchanged.setCookieHeaders(cookies))
  return { user: exchanged.session.userId }
})

app.setErrorHandler((error, _request, reply) => {
  if (error instanceof AuthenticationError || error instanceof InvalidInputError) reply.code(401).send()
  else reply.send(error)
})

await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
export const { server } = app
