// Test runners run modules in a context of their own, with the addon loaded outside: `instanceof` does not work there.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { suite, test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { isTenantSelectError } from 'tenant-select'
import { emulatorWithUser, repository } from './emulator.mjs'

const file = `${repository}node/dist/index.js`

/** The package as Jest loads it. */
function loadedInContext() {
  const context = createContext({
    process,
    performance,
    URL,
    AbortController,
    EventTarget,
  })
  const module = { exports: {} }
  const wrapped = `(function (module, exports, require, __dirname, __filename) {${readFileSync(file, 'utf8')}\n})`
  runInContext(wrapped, context)(module, module.exports, createRequire(file), `${repository}node/dist`, file)
  return { context, ...module.exports }
}

suite('realms', () => {
  test('calls work where promises are of another realm', async (t) => {
    const { emulator, sessionJwt, refreshJwt } = await emulatorWithUser(t)
    const { Client } = loadedInContext()
    const client = new Client({ environment: emulator.environment })
    assert.equal((await client.me(refreshJwt)).name, 'Ada Lovelace')
    assert.equal((await client.validateSession(sessionJwt)).activeTenant.tenantId, 'globex')
    assert.equal((await client.validateSession(sessionJwt)).activeTenant.tenantId, 'globex')
    const error = await client.selectTenant('nowhere', refreshJwt).catch((caught) => caught)
    assert.equal(error.code, 'PERMISSION_DENIED')
  })

  test('an error of another realm is recognised by its code', () => {
    const { context } = loadedInContext()
    const error = runInContext("Object.assign(new Error('x'), { code: 'TIMEOUT', outcome: 'unknown' })", context)
    assert.ok(!(error instanceof Error))
    assert.ok(isTenantSelectError(error))
  })

  test('a signal of another realm ends a call', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.addFault({ path: '/v1/auth/me', kind: 'stall' })
    const controller = new AbortController()
    // As of a library of its own: the shape alone is that of a signal.
    const signal = new Proxy(controller.signal, {
      get: (target, name) => (typeof target[name] === 'function' ? target[name].bind(target) : target[name]),
      getPrototypeOf: () => EventTarget.prototype,
    })
    assert.ok(!(signal instanceof AbortSignal))
    const call = emulator.client().me(refreshJwt, { signal })
    await emulator.waitFor('request', { path: '/v1/auth/me' })
    controller.abort('enough')
    await assert.rejects(call, (reason) => reason === 'enough')
  })
})
