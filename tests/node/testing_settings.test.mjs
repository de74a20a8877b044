// The testing kit's types against the emulator itself, and what tests can set and see with them.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { suite, test } from 'node:test'
import { EmulatorError } from 'tenant-select/testing'
import { emulatorWithUser } from './emulator.mjs'

/** The members that an interface of the kit declares. */
async function declared(file, name) {
  const source = await readFile(new URL(`../../node/lib/testing/${file}.ts`, import.meta.url), 'utf8')
  const body = source.split(`export interface ${name} {\n`)[1].split('\n}')[0]
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member]) => member).sort()
}

/** Refreshes without a client, which would never present a token again that it has seen replaced. */
async function refresh(emulator, refreshJwt) {
  const response = await fetch(`${emulator.url}/v1/auth/refresh`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.projectId}:${refreshJwt}` },
  })
  await response.arrayBuffer()
  return response.status
}

async function lastToken(emulator) {
  const journal = await emulator.waitFor('response')
  return journal.filter(({ event }) => event === 'request').at(-1).refreshToken
}

suite('emulator settings', () => {
  test('every setting is typed', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    const settings = await emulator.settings({ tenantSettings: { acme: {} } })
    assert.deepEqual(await declared('settings', 'EmulatorSettings'), Object.keys(settings).sort())
    const tenant = Object.keys(settings.tenantSettings.acme).sort()
    assert.deepEqual(await declared('settings', 'EmulatorTenantSettings'), tenant)
  })

  test('counters and the tokens of the journal are typed', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await refresh(emulator, refreshJwt)
    const token = await lastToken(emulator)
    assert.deepEqual(await declared('control', 'RefreshTokenEntry'), Object.keys(token).sort())
    assert.deepEqual(await declared('control', 'Counters'), Object.keys(await emulator.counters()).sort())
  })

  test('reuse is seen within the grace and after it', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    await emulator.settings({ refreshRotation: true, reuseDetection: true, rotationGraceSeconds: 60 })
    const seen = []
    for (const seconds of [0, 0, 60]) {
      await emulator.advanceClock(seconds)
      await refresh(emulator, refreshJwt)
      const { number, status, revoked } = await lastToken(emulator)
      seen.push([number, status, revoked])
    }
    assert.deepEqual(seen, [
      [1, 'current', false],
      [1, 'grace', false],
      [1, 'superseded', true],
    ])
    const { refreshes, reuses, revocations } = await emulator.counters()
    assert.deepEqual([refreshes, reuses, revocations], [2, 1, 1])
  })

  test('a share of the calls fails before it is carried out', async (t) => {
    const { emulator, refreshJwt } = await emulatorWithUser(t)
    const path = '/v1/auth/refresh'
    await emulator.addFault({ path, kind: 'status', status: 503, times: null, probability: 0.25, seed: 3 })
    const statuses = []
    for (let call = 0; call < 40; call++) statuses.push(await refresh(emulator, refreshJwt))
    const failed = statuses.filter((status) => status === 503).length
    const { faults, refreshes } = await emulator.counters()
    assert.deepEqual([faults, refreshes], [failed, 40 - failed])
    assert.ok(failed > 0 && failed < 20, String(failed))
    await assert.rejects(emulator.addFault({ path, kind: 'close', probability: 2 }), EmulatorError)
  })

  test('a sign-in can be stepped up', async (t) => {
    const { emulator } = await emulatorWithUser(t)
    await emulator.settings({ stepUpLifetimeSeconds: 60 })
    const client = emulator.client()
    const { sessionJwt } = await emulator.signIn('ada@example.com', undefined, { stepUp: true })
    assert.equal((await client.validateSession(sessionJwt)).claims.su, true)
    const plain = await emulator.signIn('ada@example.com')
    assert.equal((await client.validateSession(plain.sessionJwt)).claims.su, undefined)
  })
})
