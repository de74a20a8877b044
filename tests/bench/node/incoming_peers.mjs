// Checks of a request with a valid session by hand, with libraries of others, in turn: the plan on standard input. Each check finds
// the cookie, verifies its token, and holds it against a tenant and a permission. The key is parsed once.

import { createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { createVerifier } from 'fast-jwt'
import { decodeProtectedHeader } from 'jose'
import { readPlan, report } from './load.mjs'
import { BATCH, repeat } from './repetition.mjs'

const DescopeClient = createRequire(import.meta.url)('@descope/node-sdk')

const plan = await readPlan()
const { projectId, baseUrl, sessionJwt, keys, tenant, requestHeaders } = plan.fixture
const permission = 'documents.write'
const { cookie } = Object.fromEntries(requestHeaders)
const { kid } = decodeProtectedHeader(sessionJwt)
const jwk = keys.keys.find((key) => key.kid === kid)
const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
const verify = createVerifier({ key, algorithms: ['RS256'], requiredClaims: ['exp'] })
const sdk = DescopeClient({ projectId, baseUrl })

/** The value of a cookie. */
function cookieNamed(name) {
  const found = cookie.split('; ').find((pair) => pair.startsWith(`${name}=`))
  return found.slice(name.length + 1)
}

const checks = {
  'fast-jwt': () => {
    const claims = verify(cookieNamed('DS'))
    return claims.dct === tenant && claims.tenants[tenant].permissions.includes(permission)
  },
  descope: async () =>
    sdk.validateTenantPermissions(await sdk.validateSession(cookieNamed('DS')), tenant, [permission]),
}

const operations = {}
for (const [name, check] of Object.entries(checks)) {
  if ((await check()) !== true) throw new Error(`${name}: refused`)
  operations[name] = async () => {
    for (let i = 0; i < BATCH; i += 1) {
      const outcome = check()
      if (outcome instanceof Promise) await outcome
    }
  }
}
report(await repeat(plan, operations))
