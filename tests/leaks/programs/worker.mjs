// The Node program of the leak scan.
//
// It reads situations as lines of JSON and writes what came of each to the file descriptor RESULTS, with the tokens that it
// received: what it prints is searched for them.

import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { serialize } from 'node:v8'
// The package as it stands in this repository; an application imports `tenant-select`.
import { Client, JWTResponse, RequestAuthenticator } from '../../../node/dist/index.mjs'

const RESULTS = Number(process.env.RESULTS)
const EVERYTHING = { depth: Number.POSITIVE_INFINITY, showHidden: true, showProxy: true, getters: true, maxStringLength: null }

for (const name of ['request:start', 'request:retry', 'request:end', 'tenant:switch', 'client:warning']) {
  channel(`tenant-select:${name}`).subscribe((message) => {
    console.log(name, message, JSON.stringify(message), inspect(message, EVERYTHING))
  })
}
process.on('warning', (warning) => console.log(inspect(warning, EVERYTHING)))

/** What was printed of one situation. */
class Shown {
  results = {}
  tokens = new Set()

  /** Prints a value in every way that leaves it to the value how it is shown. */
  value(value) {
    console.log(value, '%s %o %O', value, { nested: { value } }, [value], new Map([[value, value]]), new Set([value]))
    console.error('%s %o %O', value, value, value)
    console.trace(value)
    console.log(inspect(value, EVERYTHING), inspect({ value }, { depth: 9 }), `${inspect(Promise.resolve(value))}`)
    if (value instanceof JWTResponse) {
      for (const token of [value.sessionJwt, value.refreshJwt]) if (token) this.tokens.add(token)
      for (const part of [value.sessionOrUndefined, value.http, value.user, value.extra]) this.value(part)
    } else if (value?.response instanceof JWTResponse) this.value(value.response)
  }

  /** Prints an error also in the ways that copy its properties: loggers, assertions and serialisers. */
  error(error) {
    this.value(error)
    console.log(String(error), error.stack, JSON.stringify(error), { ...error }, Object.entries(error))
    console.dir(error, { depth: null, customInspect: false })
    console.table([error])
    console.log(inspect(error.cause, EVERYTHING), serialize({ ...error }).toString('latin1'))
    for (const comparison of ['deepStrictEqual', 'strictEqual', 'notStrictEqual', 'match']) {
      try {
        assert[comparison](error, comparison === 'notStrictEqual' ? error : new Error('another'))
      } catch (difference) {
        console.log(difference.message, inspect(difference, EVERYTHING))
      }
    }
  }

  outcome(operation, result) {
    this.results[operation] = 'ok'
    if (result instanceof Error) {
      this.results[operation] = result.code ?? result.name
      this.error(result)
    } else this.value(result)
  }
}

/** Every operation. */
function calls(client, authenticator, { refresh, session, expired, external, device }, shown) {
  const options = { headers: { 'x-trusted-device': device } }
  const cookie = `DS=${expired}; DSR=${refresh}`
  const headers = { cookie, host: 'app.example', 'sec-fetch-site': 'same-origin' }
  const browser = { method: 'GET', url: 'https://app.example/acme', headers }
  const change = { method: 'POST', url: 'https://app.example/', headers }
  const program = { method: 'GET', url: 'https://app.example/acme', headers: { authorization: `Bearer ${session}` } }
  for (const value of [client, authenticator]) shown.value(value)
  return {
    select_tenant: () => client.selectTenant('globex', refresh, options),
    refresh_session: () => client.refreshSession(refresh, { externalToken: external, ...options }),
    my_tenants: () => client.myTenants(refresh, { activeOnly: true, ...options }),
    history: () => client.history(refresh, options),
    me: () => client.me(refresh, options),
    validate_session: () => client.validateSession(session),
    validate_refresh_jwt: () => client.validateSession(refresh),
    validate_and_refresh: () => client.validateAndRefresh(expired, refresh, { keepTenant: false, ...options }),
    tokens_from_request: () => client.tokensFromRequest(cookie, `Bearer ${session}`),
    authenticate_cookies: () => authenticator.authenticate(browser, { tenant: 'globex' }),
    authenticate_bearer: () => authenticator.authenticate(program, { tenant: 'globex' }),
    switch: () => authenticator.switch(change, 'acme'),
    sign_out: () => authenticator.signOut(change),
    logout: () => client.logout(refresh, options),
    logout_all: () => client.logoutAll(refresh, options),
  }
}

/** Operations whose arguments are refused. */
function invalidCalls(client, { refresh, session, device }) {
  return {
    'line break': () => client.me(`${refresh}\n`),
    'not ASCII': () => client.selectTenant('acme', `${refresh}\u00e4`),
    surrogate: () => client.history(`${refresh}\ud800`),
    bytes: () => client.me(Buffer.from(refresh)),
    object: () => client.me({ token: refresh }),
    'too long': () => client.validateSession(session.repeat(100)),
    option: () => client.me(refresh, { retries: 'many' }),
    timeout: () => client.me(refresh, { timeoutMs: -1 }),
    header: () => client.me(refresh, { headers: { 'x-trusted-device': `${device}\n` } }),
    tenant: () => client.selectTenant('', refresh),
    'unknown name': () => client.me(refresh, { token: session }),
  }
}

/** Aborts calls while the service does not respond. */
async function aborted(client, { refresh }, shown) {
  for (const call of [
    (options) => client.me(refresh, options),
    (options) => client.selectTenant('acme', refresh, options),
  ]) {
    const promise = call({ signal: AbortSignal.timeout(200) })
    console.log(promise, inspect(promise, EVERYTHING))
    shown.error(await promise.catch((error) => error))
  }
}

async function run(situation) {
  const shown = new Shown()
  const { environment, mode } = situation
  let client
  let authenticator
  try {
    client = new Client({ environment })
    if (environment.TENANT_SELECT_VERIFY !== 'false') authenticator = new RequestAuthenticator(client)
  } catch (error) {
    shown.outcome('configure', error)
    return shown
  }
  if (mode === 'closed') client.close()
  if (mode === 'cancel') await aborted(client, situation, shown)
  else {
    const operations = mode === 'invalid' ? invalidCalls(client, situation) : calls(client, authenticator, situation, shown)
    for (const [operation, call] of Object.entries(operations)) {
      const result = await (async () => call())().catch((error) => error)
      shown.outcome(operation, result)
      if (operation === 'select_tenant' && result instanceof JWTResponse) {
        try {
          shown.outcome('set_cookie_headers', result.setCookieHeaders().length)
        } catch (error) {
          shown.outcome('set_cookie_headers', error)
        }
      }
    }
  }
  shown.value(client.diagnostics())
  client.close()
  return shown
}

for await (const line of createInterface({ input: process.stdin })) {
  const situation = JSON.parse(line)
  const planted = situation.mode === 'plant'
  if (planted) console.log(situation.refresh)
  const { results, tokens } = planted ? new Shown() : await run(situation)
  writeSync(RESULTS, `${JSON.stringify({ results, tokens: [...tokens] })}\n`)
}
