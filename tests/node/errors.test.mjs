// The error classes: their table compared with the core and the name table, and what instances have, show and hide.

import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import * as tenantSelect from 'tenant-select'
import { names } from './canonical.mjs'
import { emulatorWithUser, repository } from './emulator.mjs'
import { addon } from './native.mjs'

/** Options that fail when they are read. */
const trap = new Proxy(
  {},
  {
    ownKeys() {
      throw new Error('trapped')
    },
  },
)

const { Client, InvalidInputError, isTenantSelectError, NotFoundError, TenantSelectError } = tenantSelect

suite('errors', () => {
  test("the core's kinds, the name table and the classes are the same", () => {
    const codes = names.errors.map((row) => row.code)
    assert.deepEqual(addon.errorCodes(), codes)
    for (const { code, typescript, typescriptBase } of names.errors) {
      const type = tenantSelect[typescript]
      assert.equal(Object.getPrototypeOf(type), tenantSelect[typescriptBase], typescript)
      const error = new type('a message')
      assert.equal(error.code, code)
      assert.equal(error.name, typescript)
      assert.ok(error instanceof TenantSelectError && error instanceof Error)
      assert.ok(isTenantSelectError(error))
      assert.equal(Object.prototype.toString.call(error), '[object Error]')
    }
    const exported = Object.values(tenantSelect).filter((value) => value?.prototype instanceof TenantSelectError)
    assert.deepEqual(new Set(exported.map((type) => type.name)), new Set(names.errors.map((row) => row.typescript)))
  })

  test('attributes are those of the core', () => {
    assert.deepEqual(
      addon.errorAttributes(),
      names.errorAttributes.map((row) => row.core),
    )
    const attributes = names.errorAttributes.map((row) => row.typescript)
    // The response is declared where responses are.
    const sources = ['errors/error.ts', 'models/jwt_response.ts'].map((file) =>
      readFileSync(`${repository}node/lib/${file}`, 'utf8'),
    )
    const declared = (start) => {
      const bodies = sources.flatMap((source) => source.match(new RegExp(`^( *)${start}.*?^\\1}`, 'gms')) ?? [])
      return bodies.flatMap((body) => [...body.matchAll(/^ +(?:declare )?readonly (\w+)/gm)].map(([, name]) => name))
    }
    assert.deepEqual(declared('(?:export abstract class|interface) TenantSelectError'), attributes)
    // The code follows from the class, and the cause is every error's.
    const details = [...attributes.slice(1), 'cause']
    assert.deepEqual(declared('(?:export )?interface ErrorDetails').sort(), details.sort())
    const error = new NotFoundError('a message', Object.fromEntries(details.map((name) => [name, name])))
    for (const name of attributes.slice(1)) assert.equal(error[name], name)
  })

  test('an error names the operation as TypeScript spells it, and names none outside operations', async (t) => {
    const { emulator, refreshJwt, sessionJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    const response = await client.selectTenant('acme', refreshJwt)
    const { session } = await client.validateAndRefresh(sessionJwt, refreshJwt)
    const failing = {
      selectTenant: [() => client.selectTenant('nowhere', refreshJwt), () => client.selectTenant(7, refreshJwt)],
      myTenants: [
        () => client.myTenants(refreshJwt, { ids: ['a'], activeOnly: true }),
        () => client.myTenants(refreshJwt, { timeoutMs: 0 }),
        () => client.myTenants(refreshJwt, { unknown: 1 }),
      ],
      validateSession: [
        () => client.validateSession('a.b.c'),
        () => client.validateSession(sessionJwt, { audience: '' }),
      ],
      validateAndRefresh: [
        () => client.validateAndRefresh('a.b.c', refreshJwt),
        () => client.validateAndRefresh(null, ''),
      ],
      tokensFromRequest: [async () => client.tokensFromRequest(7)],
      me: [() => Client.prototype.me.call({}, refreshJwt), () => client.me(refreshJwt, trap)],
      none: [
        async () => new Client({ projectId: 'not a project' }),
        async () => new Client({ projectId: 7n }),
        async () => response.setCookieHeaders({ domain: 'a b' }),
        async () => response.setCookieHeaders({ domain: 7 }),
        async () => session.hasRoles('admin'),
      ],
    }
    for (const [operation, calls] of Object.entries(failing)) {
      for (const call of calls) {
        const error = await call().then(assert.fail, (caught) => caught)
        assert.ok(isTenantSelectError(error), error)
        assert.equal(error.operation, operation === 'none' ? undefined : operation, `${call}: ${error}`)
        assert.equal(error.message.startsWith(`${operation}: `), operation !== 'none', error.message)
        if (error.code === 'INVALID_INPUT') {
          assert.ok(error.message.endsWith('; nothing was sent; correct the argument and call again'), error.message)
        }
      }
    }
  })

  test('outcomes are those of the core', () => {
    assert.deepEqual(addon.outcomes(), names.outcomes)
  })

  test('errors of the service have all fields of the response', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const client = emulator.client({ retries: 0 })
    for (const { status, code } of [
      { status: 302, code: 'API' },
      { status: 400, code: 'API' },
      { status: 401, code: 'AUTHENTICATION' },
      { status: 403, code: 'PERMISSION_DENIED' },
      { status: 404, code: 'NOT_FOUND' },
      { status: 500, code: 'SERVER' },
      { status: 429, code: 'RATE_LIMITED' },
    ]) {
      await emulator.addFault({
        path: '/v1/auth/tenant/select',
        kind: 'status',
        status,
        headers: { 'x-request-id': 'q1', 'retry-after': '7' },
        body: { errorCode: 'E1', errorDescription: 'about it', errorMessage: 'more' },
      })
      const error = await client.selectTenant('acme', refreshJwt).catch((caught) => caught)
      assert.equal(error.code, code)
      assert.equal(error.constructor, tenantSelect[names.errors.find((row) => row.code === code).typescript])
      const { errorCode, errorDescription, errorMessage, requestId, attempts } = error
      assert.deepEqual(
        { status: error.status, errorCode, errorDescription, errorMessage, requestId, attempts },
        { status, errorCode: 'E1', errorDescription: 'about it', errorMessage: 'more', requestId: 'q1', attempts: 1 },
      )
      if (code === 'RATE_LIMITED') assert.ok(error.retryAfter >= 7)
    }
  })

  // Bun's stacks end where a function first waits, whatever is thrown.
  const skip = 'bun' in process.versions
  test('the stack begins at the line of the caller, for every way to fail', { skip }, async (t) => {
    const { emulator, refreshJwt, sessionJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    await client.validateSession(sessionJwt)
    const closed = new Client({ projectId: 'P1' })
    closed.close()
    const failing = {
      refusedByService: async () => {
        await client.selectTenant('nowhere', refreshJwt)
      },
      refusedByCore: async () => {
        await client.selectTenant('', refreshJwt)
      },
      refusedByType: async () => {
        await client.me(7)
      },
      refusedAtOnce: async () => {
        await client.validateSession('a.b.c')
      },
      refusedByConstructor: async () => {
        new Client({ projectId: '' })
      },
      refusedBeforeReading: async () => {
        client.tokensFromRequest(7)
      },
      refusedAfterClose: async () => {
        await closed.me(refreshJwt)
      },
    }
    for (const [name, fail] of Object.entries(failing)) {
      const error = await fail().catch((caught) => caught)
      const [header, first] = error.stack.slice(error.stack.indexOf(error.message) + error.message.length).split('\n')
      assert.equal(header, '')
      assert.match(error.stack, new RegExp(`^${error.name}: `))
      assert.match(first, new RegExp(`at .*${name}.*errors\\.test\\.mjs`), `${name}: ${error.stack}`)
      assert.doesNotMatch(error.stack, /node\/dist/)
    }
  })

  test('causes are errors, chained', async () => {
    const client = new Client({ projectId: 'P1', baseUrl: 'http://127.0.0.1:9', retries: 0 })
    const error = await client.me('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMSJ9.c2ln').catch((caught) => caught)
    assert.equal(error.code, 'CONNECTION')
    assert.ok(error.cause instanceof Error)
    assert.ok(error.cause.cause instanceof Error)
    assert.ok(!Object.keys(error).includes('cause'))
  })

  test('a stack without frames is only the message', { skip }, async () => {
    const client = new Client({ environment: { DESCOPE_PROJECT_ID: 'P1' } })
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    const error = await client
      .me('')
      .catch((caught) => caught)
      .finally(() => {
        Error.stackTraceLimit = limit
      })
    assert.equal(error.stack, `InvalidInputError: ${error.message}`)
  })

  test('a failing formatter of the application loses neither results nor messages', {
    skip,
  }, async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const client = emulator.client()
    const former = Error.prepareStackTrace
    const formatted = []
    Error.prepareStackTrace = ({ message }) => {
      formatted.push(message)
      throw new Error('of a tool')
    }
    const response = await client.selectTenant('acme', refreshJwt).catch((caught) => caught)
    const formattedForSuccess = [...formatted]
    const error = await client.selectTenant('nowhere', refreshJwt).catch((caught) => caught)
    Error.prepareStackTrace = former
    assert.equal(response.session?.activeTenant.tenantId, 'acme')
    assert.deepEqual(formattedForSuccess, [])
    assert.equal(error.code, 'PERMISSION_DENIED')
    assert.equal(error.stack, `PermissionDeniedError: ${error.message}`)
  })

  test('stacks and diagnostics name a method that is wrapped or inherited', {
    skip,
  }, async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    class Own extends Client {
      other = async () => super.selectTenant('nowhere', refreshJwt)
    }
    const inherited = new Own({ environment: emulator.environment })
    const wrapped = emulator.client()
    wrapped.selectTenant = function spy(...given) {
      return Client.prototype.selectTenant.apply(this, given)
    }
    const operations = []
    const hear = ({ request }) => operations.push(request.operation)
    subscribe('tenant-select:request:end', hear)
    t.after(() => unsubscribe('tenant-select:request:end', hear))
    for (const call of [() => inherited.other(), () => wrapped.selectTenant('nowhere', refreshJwt)]) {
      const error = await call().catch((caught) => caught)
      const [first, ...frames] = error.stack.split('\n')
      assert.equal(first, `PermissionDeniedError: ${error.message}`)
      assert.ok(frames.length > 0 && frames.every((frame) => frame.startsWith('    at ')), error.stack)
    }
    assert.deepEqual(operations, ['selectTenant', 'selectTenant'])
  })

  test("messages use TypeScript's names and do not change the service's text", async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const said = 'field tenant_id or refresh_jwt missing'
    const fault = {
      path: '/v1/auth/tenant/select',
      kind: 'status',
      status: 400,
      body: { errorMessage: said },
    }
    await emulator.addFault(fault)
    const error = await emulator
      .client()
      .selectTenant('acme', refreshJwt)
      .catch((caught) => caught)
    assert.ok(error.message.startsWith('selectTenant: '), error.message)
    assert.ok(error.message.includes(said), error.message)
    await emulator.addFault({ ...fault, status: 429, headers: { 'retry-after': '7' } })
    await assert.rejects(emulator.client({ retries: 0 }).selectTenant('acme', refreshJwt), ({ message }) => {
      assert.ok(message.includes(said) && message.endsWith('wait for retryAfter before the next call'), message)
      return true
    })
    await assert.rejects(emulator.client().myTenants(refreshJwt, { ids: ['a'], activeOnly: true }), {
      message: /^myTenants: ids and activeOnly exclude each other; /,
    })
    const longest = emulator.client({ maxTokenBytes: 1024 })
    await assert.rejects(longest.validateSession('a'.repeat(1025)), { message: /\(option maxTokenBytes\)/ })
    assert.throws(() => new Client({ projectId: 'P1', baseUrl: 'http://192.0.2.1' }), {
      message: /^baseUrl is http .* or allowHttp if you must; /,
    })
    for (const [options, says] of [
      [{ timeoutMs: 0 }, /timeoutMs must be above 0 and no longer than an hour/],
      [{ connectTimeoutMs: -1 }, /connectTimeoutMs must be above 0 and no longer than an hour/],
      [{ leewaySeconds: 301 }, /leewaySeconds must be a whole number from 0 to 300/],
    ]) {
      assert.throws(() => emulator.client(options), says)
    }
  })

  test('JSON has the attributes, no stack and no response', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const error = await emulator
      .client()
      .selectTenant('nowhere', refreshJwt)
      .catch((caught) => caught)
    const json = JSON.parse(JSON.stringify(error))
    assert.equal(json.name, 'PermissionDeniedError')
    assert.equal(json.code, 'PERMISSION_DENIED')
    assert.equal(json.message, error.message)
    assert.equal(json.status, 403)
    assert.equal(json.outcome, 'rejected')
    assert.equal('stack' in json || 'response' in json || 'cause' in json, false)
    assert.match(inspect(error), /PERMISSION_DENIED/)
  })

  test('codes are recognised across copies of the package', () => {
    const foreign = Object.assign(new Error('from another copy'), { code: 'NOT_FOUND', outcome: 'rejected' })
    assert.ok(isTenantSelectError(foreign))
    assert.ok(!(foreign instanceof TenantSelectError))
    for (const other of [null, undefined, 'NOT_FOUND', new Error('x'), { code: 'NOT_FOUND', outcome: 'rejected' }]) {
      assert.ok(!isTenantSelectError(other))
    }
    for (const code of ['constructor', '__proto__', 'ENOENT']) {
      assert.ok(!isTenantSelectError(Object.assign(new Error('x'), { code, outcome: 'rejected' })))
    }
  })

  test('two copies of the package recognise errors by code, not by class', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tenant-select-copy-'))
    t.after(() => rmSync(folder, { recursive: true }))
    cpSync(`${repository}node/dist`, join(folder, 'dist'), { recursive: true })
    symlinkSync(`${repository}node/tenant-select.node`, join(folder, 'tenant-select.node'))
    const copy = createRequire(import.meta.url)(join(folder, 'dist/index.js'))
    assert.notEqual(copy.Client, Client)
    const error = await new copy.Client({ projectId: 'P1' }).me('').catch((caught) => caught)
    assert.ok(error instanceof copy.InvalidInputError && !(error instanceof TenantSelectError))
    assert.ok(isTenantSelectError(error))
    assert.equal(error.code, 'INVALID_INPUT')
  })

  test('errors can be cloned to other threads, without the response', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const call = emulator.client().refreshSession(refreshJwt, { expectTenant: 'acme' })
    const error = await call.catch((caught) => caught)
    assert.equal(error.code, 'TENANT_MISMATCH')
    const clone = structuredClone(error)
    assert.ok(clone instanceof Error)
    assert.equal(clone.message, error.message)
    const shown = inspect(clone, { depth: null, showHidden: true }) + JSON.stringify({ ...clone })
    for (const part of error.response.sessionJwt.split('.').slice(1)) assert.ok(!shown.includes(part))
  })

  test('errors can be made by hand, for tests of applications', () => {
    const cause = new Error('why')
    const error = new NotFoundError('no such tenant', { status: 404, outcome: 'rejected', attempts: 1, cause })
    assert.deepEqual(
      { ...error },
      { code: 'NOT_FOUND', outcome: 'rejected', retryable: false, attempts: 1, status: 404 },
    )
    assert.equal(error.cause, cause)
    assert.equal(new InvalidInputError('no', { argument: 'retries' }).argument, 'retries')
  })
})
