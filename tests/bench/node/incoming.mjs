// The decision about a request with a valid session, next to the validation of the same token: the plan on standard input.

import { readPlan, report } from './load.mjs'
import { client, RequestAuthenticator } from './package.mjs'
import { BATCH, repeat } from './repetition.mjs'

const plan = await readPlan()
const { sessionJwt, tenant, requestHeaders } = plan.fixture
const ours = client(plan)
const authenticator = new RequestAuthenticator(ours)
const requirement = { tenant, permissions: ['documents.write'] }
// As `node:http` has them.
const rawHeaders = requestHeaders.flat()
const headers = Object.fromEntries(requestHeaders)

// Fetches the keys.
await ours.validateSession(sessionJwt)
const operations = {
  plain: async () => {
    for (let i = 0; i < BATCH; i += 1) await ours.validateSession(sessionJwt)
  },
  request: async () => {
    for (let i = 0; i < BATCH; i += 1) {
      const request = { method: 'GET', url: '/documents?page=2', rawHeaders, headers }
      const { refusal, session } = await authenticator.authenticate(request, requirement)
      if (refusal || !session) throw new Error('the request was refused')
    }
  },
}
report(await repeat(plan, operations))
