// A process with one client: it reads calls as lines of JSON and writes what came of them to the file descriptor RESULTS.
//
// Tokens take that way so that what the process prints can be searched for them.

import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'

// The package as it stands in this repository, or a release build of it; an application imports `tenant-select`.
const location = process.env.PACKAGE ?? new URL('../../../node', import.meta.url).pathname
const { Client, JWTResponse, TenantSelectError } = await import(`${location}/dist/index.mjs`)

const RESULTS = Number(process.env.RESULTS)
const client = new Client()

const CALLS = {
  refresh: ({ token }, options) => client.refreshSession(token, options),
  select: ({ tenant, token }, options) => client.selectTenant(tenant, token, options),
  me: ({ token }, options) => client.me(token, options),
  logout: ({ token }, options) => client.logout(token, options),
  diagnostics: () => client.diagnostics(),
}

function good(response) {
  // A sign-out has no tokens.
  if (!(response instanceof JWTResponse) || !response.sessionJwt) return {}
  const { refreshJwt, sessionJwt, session, reused } = response
  return { refreshJwt, sessionJwt, tenant: session?.activeTenant?.tenantId ?? null, reused }
}

async function make(call) {
  const options = {
    ...(call.timeout === undefined ? {} : { timeoutMs: call.timeout * 1000 }),
    ...(call.retries === undefined ? {} : { retries: call.retries }),
  }
  try {
    const result = await CALLS[call.call](call, options)
    return call.call === 'diagnostics' ? result : good(result)
  } catch (error) {
    if (!(error instanceof TenantSelectError)) throw error
    const { code, outcome, message, response } = error
    return { code, outcome, message, ...(response === undefined ? {} : good(response)) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line)
  make(call).then((result) => writeSync(RESULTS, `${JSON.stringify({ id: call.id, ...result })}\n`))
}
client.close()
