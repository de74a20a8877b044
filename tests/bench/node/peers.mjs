// HTTP clients of others under the same load: `peers.mjs undici | fetch`, the plan on standard input. Both parse the body with
// the engine's JSON parser, as their documentation does.

import { readFileSync } from 'node:fs'
import { load, readPlan, report } from './load.mjs'

const plan = await readPlan()
const { baseUrl, caFile, headers, projectId, tenant } = plan.fixture
const path = '/v1/auth/tenant/select'

const headersFor = (token) => ({ ...headers, authorization: `Bearer ${projectId}:${token}` })

function check(status, selected) {
  if (status !== 200 || !selected.sessionJwt) throw new Error(`the selection failed with ${status}`)
}

// One pool for the origin, with a connection for each pending call. It keeps connections alive by default.
async function withUndici() {
  const { Pool } = await import('undici')
  const { version } = JSON.parse(readFileSync(new URL('node_modules/undici/package.json', import.meta.url), 'utf8'))
  const http2 = plan.protocol === 'http2'
  const connect = caFile === null ? undefined : { ca: readFileSync(caFile) }
  // Over HTTP/2 one connection takes all calls.
  const limits = http2 ? { connections: 1, pipelining: plan.pending, maxConcurrentStreams: plan.pending } : {}
  const pool = new Pool(baseUrl, { connections: plan.pending, connect, allowH2: http2, ...limits })
  async function call(token) {
    const body = JSON.stringify({ tenant })
    const response = await pool.request({ path, method: 'POST', headers: headersFor(token), body })
    check(response.statusCode, await response.body.json())
  }
  try {
    return await load(plan, call, `undici ${version}`)
  } finally {
    await pool.close()
  }
}

// Node's own, with its default pool: a connection for each pending call.
function withFetch() {
  const url = baseUrl + path
  async function call(token) {
    const body = JSON.stringify({ tenant })
    const response = await fetch(url, { method: 'POST', headers: headersFor(token), body })
    check(response.status, await response.json())
  }
  return load(plan, call, `fetch of undici ${process.versions.undici}`)
}

const modes = { undici: withUndici, fetch: withFetch }
report(await modes[process.argv[2]]())
