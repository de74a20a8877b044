// Validation of a session token by libraries of others, in turn: the plan on standard input. The key is parsed once.

import { createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'
import { createVerifier } from 'fast-jwt'
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { readPlan, report } from './load.mjs'
import { BATCH, repeat } from './repetition.mjs'

const DescopeClient = createRequire(import.meta.url)('@descope/node-sdk')

const plan = await readPlan()
const { projectId, baseUrl, sessionJwt, keys } = plan.fixture
const algorithms = ['RS256']
const { kid } = decodeProtectedHeader(sessionJwt)
const jwk = keys.keys.find((key) => key.kid === kid)

const joseKey = await importJWK(jwk, 'RS256')
const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
const requiredClaims = ['exp']
const verify = createVerifier({ key, algorithms, requiredClaims })
// With the default key of the cache, a hash of the token.
const verifyCached = createVerifier({ key, algorithms, requiredClaims, cache: true })
const sdk = DescopeClient({ projectId, baseUrl })

const libraries = {
  jose: () => jwtVerify(sessionJwt, joseKey, { algorithms, requiredClaims }),
  'fast-jwt': () => verify(sessionJwt),
  'fast-jwt cached': () => verifyCached(sessionJwt),
  descope: () => sdk.validateJwt(sessionJwt),
}

const operations = {}
for (const [name, validate] of Object.entries(libraries)) {
  const outcome = validate()
  const validated = await outcome
  const { sub } = validated.payload ?? validated.token ?? validated
  if (!sub) throw new Error(`${name}: no claims`)
  operations[name] =
    outcome instanceof Promise
      ? async () => {
          for (let i = 0; i < BATCH; i += 1) await validate()
        }
      : () => {
          for (let i = 0; i < BATCH; i += 1) validate()
        }
}
report(await repeat(plan, operations))
