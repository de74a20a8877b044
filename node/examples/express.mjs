// Express: sign in, switch the tenant, and protect an endpoint by tenant and permission.
//
//   npm install tenant-select express
//   PORT=3000 node express.mjs
//   INSECURE_COOKIES=1 PORT=3000 node express.mjs  # DEVELOPMENT ONLY, over plain http

import express from 'express'
import { Client, isTenantSelectError } from 'tenant-select'

const HTTP = { AUTHENTICATION: 401, INVALID_TOKEN: 401, PERMISSION_DENIED: 403, INVALID_INPUT: 400, RATE_LIMITED: 429 }

const client = new Client() // DESCOPE_PROJECT_ID
const secure = process.env.INSECURE_COOKIES !== '1' // browsers keep Secure cookies to https
const app = express().use(express.json())

/** Hands the tokens of an exchange to the browser. */
function sendCookies(response, exchanged) {
  response.set('Cache-Control', 'no-store').append('Set-Cookie', exchanged.setCookieHeaders({ secure }))
}

/** A refresh token that is missing, broken or refused means: sign in again. */
const statusOf = ({ code, argument }) => (argument === 'refreshJwt' ? 401 : (HTTP[code] ?? 502))

/** Lets through who is signed in; a session that has expired is refreshed on the way. */
async function signedIn(request, response, next) {
  const { cookie, authorization } = request.headers
  const { sessionJwt, refreshJwt } = client.tokensFromRequest(cookie, authorization)
  const { session, response: refreshed } = await client.validateAndRefresh(sessionJwt, refreshJwt ?? '')
  if (refreshed) sendCookies(response, refreshed)
  response.locals.session = session
  next()
}

/** Lets through who acts in the tenant of the path and has the permission there. */
const allowed = (permission) => (request, response, next) => {
  const tenant = response.locals.session.activeTenant
  if (tenant?.tenantId !== request.params.tenant || !tenant.hasPermissions([permission]))
    return response.sendStatus(403)
  next()
}

// The page's sign-in flow ends here with the refresh token that it got.
app.post('/login', async (request, response) => {
  if (typeof request.body?.refreshJwt !== 'string') return response.sendStatus(400)
  const exchanged = await client.refreshSession(request.body.refreshJwt)
  sendCookies(response, exchanged)
  response.json({ user: exchanged.session.userId })
})

app.post('/tenants/:tenant/select', async (request, response) => {
  const { refreshJwt } = client.tokensFromRequest(request.headers.cookie)
  const switched = await client.selectTenant(request.params.tenant, refreshJwt ?? '')
  sendCookies(response, switched)
  response.json({ tenant: switched.session.activeTenant.tenantId })
})

app.get('/tenants/:tenant/documents', signedIn, allowed('documents.read'), (_request, response) => {
  response.json({ readBy: response.locals.session.userId })
})

app.use((error, _request, response, next) => {
  if (!isTenantSelectError(error)) return next(error)
  response.status(statusOf(error)).json({ code: error.code, outcome: error.outcome })
})

export const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
