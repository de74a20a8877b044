// Fastify: sign in, switch the tenant, and guard an endpoint by tenant and permission. `PORT=3000 node fastify.mjs`

import Fastify from 'fastify'
import { Client, isTenantSelectError } from 'tenant-select'

const HTTP = { AUTHENTICATION: 401, INVALID_TOKEN: 401, PERMISSION_DENIED: 403, INVALID_INPUT: 400, RATE_LIMITED: 429 }

const client = new Client() // DESCOPE_PROJECT_ID
const app = Fastify()
app.decorateRequest('session')

/** Hands the tokens of an exchange to the browser. */
function sendCookies(reply, exchanged) {
  reply.header('Cache-Control', 'no-store').header('Set-Cookie', exchanged.setCookieHeaders())
}

/** Lets through who is signed in; a session that has expired is refreshed on the way. */
async function signedIn(request, reply) {
  const { sessionJwt, refreshJwt } = client.tokensFromRequest(request.headers.cookie)
  if (refreshJwt === undefined) return reply.code(401).send()
  const { session, response: refreshed } = await client.validateAndRefresh(sessionJwt, refreshJwt)
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
  const exchanged = await client.refreshSession(request.body?.refreshJwt)
  sendCookies(reply, exchanged)
  return { user: exchanged.session.userId }
})

app.post('/tenants/:tenant/select', async (request, reply) => {
  const { refreshJwt } = client.tokensFromRequest(request.headers.cookie)
  if (refreshJwt === undefined) return reply.code(401).send()
  const switched = await client.selectTenant(request.params.tenant, refreshJwt)
  sendCookies(reply, switched)
  return { tenant: switched.session.activeTenant.tenantId }
})

app.get('/tenants/:tenant/documents', { preHandler: [signedIn, allowed('documents.read')] }, async (request) => {
  return { readBy: request.session.userId }
})

app.setErrorHandler((error, _request, reply) => {
  if (!isTenantSelectError(error)) return reply.send(error)
  reply.code(HTTP[error.code] ?? 502).send({ code: error.code, outcome: error.outcome })
})

await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
export const { server } = app
