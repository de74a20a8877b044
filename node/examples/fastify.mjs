// Fastify: sign in, switch the tenant, and protect an endpoint by tenant and permission.
//
//   npm install tenant-select fastify
//   PORT=3000 node fastify.mjs
//   INSECURE_COOKIES=1 PORT=3000 node fastify.mjs  # DEVELOPMENT ONLY, over plain http

import Fastify from 'fastify'
import { Client, isTenantSelectError } from 'tenant-select'

const HTTP = { AUTHENTICATION: 401, INVALID_TOKEN: 401, PERMISSION_DENIED: 403, INVALID_INPUT: 400, RATE_LIMITED: 429 }

const client = new Client() // DESCOPE_PROJECT_ID
const secure = process.env.INSECURE_COOKIES !== '1' // browsers keep Secure cookies to https
const app = Fastify()
app.decorateRequest('session')

/** Hands the tokens of an exchange to the browser. */
function sendCookies(reply, exchanged) {
  reply.header('Cache-Control', 'no-store').header('Set-Cookie', exchanged.setCookieHeaders({ secure }))
}

/** A refresh token that is missing, broken or refused means: sign in again. */
const statusOf = ({ code, argument }) => (argument === 'refreshJwt' ? 401 : (HTTP[code] ?? 502))

/** Lets through who is signed in; a session that has expired is refreshed on the way. */
async function signedIn(request, reply) {
  const { cookie, authorization } = request.headers
  const { sessionJwt, refreshJwt } = client.tokensFromRequest(cookie, authorization)
  const { session, response: refreshed } = await client.validateAndRefresh(sessionJwt, refreshJwt ?? '')
  if (refreshed) sendCookies(reply, refreshed)
  request.session = session
}

/** Lets through who acts in the tenant of the path and has the permission there. */
const allowed = (permission) => async (request, reply) => {
  const tenant = request.session.activeTenant
  const fits = tenant?.tenantId === request.params.tenant && tenant.hasPermissions([permission])
  if (!fits) return reply.code(403).send()
}

// The page's sign-in flow ends here with the refresh token that it got.
app.post('/login', async (request, reply) => {
  if (typeof request.body?.refreshJwt !== 'string') return reply.code(400).send()
  const exchanged = await client.refreshSession(request.body.refreshJwt)
  sendCookies(reply, exchanged)
  return { user: exchanged.session.userId }
})

app.post('/tenants/:tenant/select', async (request, reply) => {
  const { refreshJwt } = client.tokensFromRequest(request.headers.cookie)
  const switched = await client.selectTenant(request.params.tenant, refreshJwt ?? '')
  sendCookies(reply, switched)
  return { tenant: switched.session.activeTenant.tenantId }
})

app.get('/tenants/:tenant/documents', { preHandler: [signedIn, allowed('documents.read')] }, async (request) => {
  return { readBy: request.session.userId }
})

app.setErrorHandler((error, _request, reply) => {
  if (!isTenantSelectError(error)) return reply.send(error)
  reply.code(statusOf(error)).send({ code: error.code, outcome: error.outcome })
})

await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
export const { server } = app
