/**
 * Helpers for `node:test`, and for other test runners with an `after` hook.
 *
 * @module
 */

import type { SignIn } from './control.js'
import type { Emulator } from './emulator.js'
import { type EmulatorOptions, startEmulator } from './start.js'

/**
 * The context of a test of `node:test`, or any other object with `after`. In the body of a suite or a file, use `{ after }`
 * with the function of `node:test`; inside a hook, it would refer to the hook.
 *
 * @example
 * ```ts
 * const hooks: (() => unknown)[] = []
 * const context: TestScope = { after: (hook) => hooks.push(hook) }
 * await emulatorFor(context)
 * for (const hook of hooks) await hook()
 * ```
 */
export interface TestScope {
  after(hook: () => Promise<void>): unknown
}

/**
 * Starts an emulator for one test, suite or file of `node:test`, and stops it at the end.
 *
 * @param scope - the test, suite or file at whose end this is undone
 * @param options - how to start it
 * @throws {@link EmulatorError} when the program is not found or does not start.
 *
 * @example
 * ```ts
 * import test from 'node:test'
 * import { emulatorFor } from 'tenant-select/testing'
 *
 * test('a user without tenants lists none', async (t) => {
 *   const emulator = await emulatorFor(t)
 *   await emulator.addUser({ loginId: 'ada@example.com' })
 *   const { refreshJwt } = await emulator.signIn('ada@example.com')
 *   t.assert?.deepEqual(await emulator.client().myTenants(refreshJwt), [])
 * })
 * ```
 */
export async function emulatorFor(scope: TestScope, options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator(options)
  scope.after(() => emulator.stop())
  return emulator
}

/**
 * Sets the environment of this process so that a client without options uses the emulator, and restores it at the end.
 * Until then, every other variable that begins with `DESCOPE_` or `TENANT_SELECT_`, except `TENANT_SELECT_EMULATOR`, is
 * removed, so that settings of a developer's machine have no effect.
 *
 * @param scope - the test, suite or file at whose end this is undone
 *
 * @example
 * ```ts
 * import test from 'node:test'
 * import { Client } from 'tenant-select'
 * import { emulatorFor, environmentFor, signInAda } from 'tenant-select/testing'
 *
 * test('the application finds the emulator', async (t) => {
 *   const emulator = await emulatorFor(t)
 *   environmentFor(t, emulator)
 *   const { refreshJwt } = await signInAda(emulator)
 *   t.assert?.equal((await new Client().me(refreshJwt)).email, 'ada@example.com')
 * })
 * ```
 */
export function environmentFor(scope: TestScope, emulator: Emulator): void {
  const former = takeVariables()
  Object.assign(process.env, emulator.environment)
  scope.after(async () => {
    takeVariables()
    Object.assign(process.env, former)
  })
}

/** Removes the variables that clients read from the environment of this process, and returns them. */
function takeVariables(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) => /^(?:DESCOPE|TENANT_SELECT)_/.test(name))
  const ours = names.filter((name) => name !== 'TENANT_SELECT_EMULATOR')
  const taken = Object.fromEntries(ours.map((name) => [name, process.env[name]]))
  for (const name of ours) delete process.env[name]
  return taken
}

/**
 * Signs in Ada, `ada@example.com`: the user `U2ada`, an editor with `documents.write` in acme, and a viewer in globex.
 *
 * @param tenant - the active tenant. Default: none
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const { refreshJwt } = await signInAda(emulator, 'globex')
 * const { session } = await emulator.client().selectTenant('acme', refreshJwt)
 * console.assert(session?.activeTenant?.hasPermissions(['documents.write']))
 * await emulator.stop()
 * ```
 */
export async function signInAda(emulator: Emulator, tenant?: string): Promise<SignIn> {
  await emulator.addUser({
    loginId: 'ada@example.com',
    userId: 'U2ada',
    name: 'Ada Lovelace',
    tenants: {
      acme: { name: 'Acme', roles: ['editor'], permissions: ['documents.write'] },
      globex: { name: 'Globex', roles: ['viewer'] },
    },
  })
  return emulator.signIn('ada@example.com', tenant)
}
