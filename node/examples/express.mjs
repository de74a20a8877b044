// Express: sign in, switch the tenant, and protect an endpoint by tenant and permission.
//
//   npm install tenant-select express
//   PORT=3000 node express.mjs
//   INSECURE_COOKIES=1 PORT=3000 node express.mjs  # DEVELOPMENT ONLY, over plain http

import express from 'express'
import { AuthenticationError, Client, InvalidInputError, RequestAuthenticator } from 'tenant-select'
import { contextOf, requireTenant, signOut, switchTenant, tenantSelect } from 'tenant-select/express'

const cookies = { secure: process.env.INSECURE_COOKIES !== '1' } // browsers keep Secure cookies to https
const client = new Client() // DESCOPE_PROJECT_ID
const app = express()
app.use(tenantSelect(new RequestAuthenticator(client, { cookies })), express.json())

app.get(
  '/tenants/:tenant/documents',
  requireTenant({ param: 'tenant', permissions: ['documents.read'] }),
  (request, response) => {
    response.json({ readBy: contextOf(request).session.userId })
  },
)

app.post('/tenants/:tenant/select', switchTenant({ param: 'tenant' }), (request, response) => {
  response.json({ tenant: request.params.tenant })
})

app.post('/logout', signOut(), (_request, response) => response.json({}))

// The page's sign-in flow ends here with the refresh token that it got.
app.post('/login', async (request, response) => {
  if (typeof request.body?.refreshJwt !== 'string') return response.sendStatus(400)
  const exchanged = await client.refreshSession(request.body.refreshJwt)
  response.set('Cache-Control', 'no-store').append('Set-Cookie', exchanged.setCookieHeaders(cookies))
  response.json({ user: exchanged.session.userId })
})

app.use((error, _request, response, next) => {
  if (error instanceof AuthenticationError || error instanceof InvalidInputError) response.sendStatus(401)
  else next(error)
})

export const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
