// What holds for any input: models, cookies, options, tokens, requests.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { suite, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Client, InvalidInputError, InvalidTokenError, TenantSelectError } from 'tenant-select'

const projectId = 'P2propertyTests000000000001'
const publicKey = JSON.stringify({
  kty: 'OKP',
  crv: 'Ed25519',
  alg: 'EdDSA',
  kid: 'k',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
})
const offline = () => new Client({ projectId, publicKey, baseUrl: 'http://127.0.0.1:1' })
const parameters = { numRuns: Number(process.env.PROPERTY_RUNS ?? 100), seed: 1 }
const holds = (...property) => fc.assert(fc.property(...property), parameters)
const holdsAsync = (...property) => fc.assert(fc.asyncProperty(...property), parameters)

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789']
const ids = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 20 })
const tokens = fc.tuple(ids, ids, ids).map((parts) => parts.join('.'))
// A string of JSON has no half of a surrogate pair; a number is one that JSON text gives back.
const json = fc
  .jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter((value) => !/\\ud[89a-f]/i.test(JSON.stringify(value)))
const names = fc.string({ unit: 'binary-ascii', maxLength: 10 })
const anything = fc.anything({ maxDepth: 2 })

/** A server that responds to every request with the document that was set last. */
async function service(scope) {
  let body = ''
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  scope.after(() => server.close())
  const baseUrl = `http://127.0.0.1:${server.address().port}`
  return {
    client: new Client({ projectId, baseUrl, verify: false }),
    respondWith(document) {
      body = JSON.stringify(document)
    },
  }
}

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const refreshJwt = `${encoded({ alg: 'EdDSA' })}.${encoded({ sub: 'U1', drn: 'DSR' })}.c2ln`

suite('properties', () => {
  test('a model gives the JSON that came', async (t) => {
    const { client, respondWith } = await service(t)
    const attributes = fc.dictionary(names, json, { maxKeys: 4, noNullPrototype: true })
    await holdsAsync(attributes, names, json, async (customAttributes, name, value) => {
      const document = { userId: 'U1', customAttributes, ...(value === null ? {} : { [`x_${name}`]: value }) }
      respondWith(document)
      const user = await client.me(refreshJwt)
      assert.deepStrictEqual(JSON.parse(JSON.stringify(user)), JSON.parse(JSON.stringify(document)))
    })
  })

  test('cookies are read as they were written', async (t) => {
    const { client, respondWith } = await service(t)
    await holdsAsync(tokens, tokens, fc.integer(), async (sessionJwt, newRefreshJwt, cookieMaxAge) => {
      respondWith({ sessionJwt, refreshJwt: newRefreshJwt, cookieMaxAge })
      const headers = (await client.selectTenant('T1', refreshJwt)).setCookieHeaders()
      const pairs = headers.map((header) => header.split(';')[0])
      const read = client.tokensFromRequest(pairs.join('; '))
      assert.deepEqual([read.sessionJwt, read.refreshJwt], [sessionJwt, newRefreshJwt])
      for (const header of headers) assert.match(header, /^[ -~]+; Secure; HttpOnly; SameSite=Strict$/)
    })
  })

  test('options are accepted, or the error names one', () => {
    const known = ['baseUrl', 'timeoutMs', 'retries', 'leewaySeconds', 'verify', 'publicKey', 'headers', 'audience']
    holds(fc.dictionary(fc.constantFrom(...known), anything, { noNullPrototype: true }), (options) => {
      try {
        new Client({ projectId, ...options }).close()
      } catch (error) {
        assert.ok(error instanceof InvalidInputError || error instanceof TypeError, String(error))
        if (error instanceof InvalidInputError) {
          assert.deepEqual([error.outcome, error.retryable], ['not_sent', false])
          assert.ok(error.argument !== undefined)
        }
      }
    })
  })

  test('no text is a valid token', async () => {
    const client = offline()
    await holdsAsync(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), tokens), async (token) => {
      const error = await client.validateSession(token).then(
        () => assert.fail('the token was accepted'),
        (reason) => reason,
      )
      assert.ok(error instanceof InvalidTokenError || error instanceof InvalidInputError, String(error))
      assert.equal(error.outcome, 'not_sent')
      assert.ok(token.length < 12 || !String(error).includes(token))
    })
  })

  test('an argument of any type is refused as an error of the package', async () => {
    const client = offline()
    await holdsAsync(anything, async (token) => {
      await assert.rejects(
        async () => client.validateSession(token),
        (error) => error instanceof TenantSelectError || error instanceof TypeError,
      )
    })
  })

  test('any header of a request is read', () => {
    const client = offline()
    const headers = fc.string({ unit: 'binary', maxLength: 60 })
    holds(headers, fc.option(headers, { nil: undefined }), (cookie, authorization) => {
      const read = client.tokensFromRequest(cookie, authorization)
      for (const token of [read.sessionJwt, read.refreshJwt]) assert.ok(token === undefined || token.length > 0)
      assert.ok(isDeepStrictEqual({ ...client.tokensFromRequest(cookie, authorization) }, { ...read }))
    })
  })
})
