// The emulator that the suite runs against: the one of this repository unless the environment names another.

import { fileURLToPath } from 'node:url'
import { emulatorFor, signInAda } from 'tenant-select/testing'

export const repository = fileURLToPath(new URL('../../', import.meta.url))

process.env.TENANT_SELECT_EMULATOR ||= `${repository}target/debug/tenant-select-emulator`

// Requests to the emulator stay on this machine, whatever the environment says about proxies and projects.
for (const name of Object.keys(process.env)) {
  if (/^(DESCOPE_|TENANT_SELECT_(?!EMULATOR$))|_proxy$/i.test(name)) delete process.env[name]
}

/** The environment of a program that uses the emulator, with the tokens of the signed-in user. */
export function programEnvironment({ emulator, refreshJwt, sessionJwt }) {
  return { ...emulator.environment, REFRESH_JWT: refreshJwt, SESSION_JWT: sessionJwt }
}

/**
 * The requests in the journal. The entry of a connection that ended may come late, after the journal was cleared, so that the whole
 * journal is not compared with nothing.
 */
export async function received(emulator) {
  return (await emulator.requests()).filter(({ event }) => event === 'request')
}

/** An emulator for this test or suite, with Ada signed in. */
export async function emulatorWithUser(scope, options) {
  const emulator = await emulatorFor(scope, options)
  const { sessionJwt, refreshJwt } = await signInAda(emulator, 'globex')
  return { emulator, sessionJwt, refreshJwt }
}

/**
 * The same, where every exchange replaces the refresh token, and a superseded one that comes back ends the sign-in. The journal
 * begins empty.
 */
export async function rotatingEmulator(scope) {
  const fixture = await emulatorWithUser(scope)
  await fixture.emulator.settings({ refreshRotation: true, selectSupersedes: true, reuseDetection: true })
  await fixture.emulator.clearRequests()
  return fixture
}
