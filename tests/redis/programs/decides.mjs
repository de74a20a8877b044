// A process that decides about requests with a valid session, whose token is in SESSION. With a refresh token in REFRESH it makes
// one exchange at the end.

import assert from 'node:assert'
// The package as it stands in this repository; an application imports `tenant-select`.
import { Client, RequestAuthenticator } from '../../../node/dist/index.mjs'

const CALLS = 100
const { SESSION, REFRESH } = process.env
// A refresh token beside a valid session is not used.
const rawHeaders = ['Host', 'app.example', 'Cookie', `DS=${SESSION}; DSR=${REFRESH ?? SESSION}`]
const request = {
  method: 'GET',
  url: '/documents',
  rawHeaders,
  headers: { host: rawHeaders[1], cookie: rawHeaders[3] },
}

const client = new Client()
const authenticator = new RequestAuthenticator(client)
for (let i = 0; i < CALLS; i += 1) {
  assert((await client.validateSession(SESSION)).activeTenant)
  const { refusal, session } = await authenticator.authenticate(request, { tenant: 'acme' })
  assert(!refusal && session)
}
if (REFRESH) await client.refreshSession(REFRESH)
client.close()
console.log('decided', CALLS)
