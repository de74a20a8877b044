// The emulator that the suite runs against: the one of this repository unless the environment names another.

import { fileURLToPath } from 'node:url'
import { emulatorFor } from 'tenant-select/testing'

export const repository = fileURLToPath(new URL('../../', import.meta.url))

process.env.TENANT_SELECT_EMULATOR ??= `${repository}target/debug/tenant-select-emulator`

// Requests to the emulator stay on this machine, whatever the environment says about proxies and projects.
for (const name of Object.keys(process.env)) {
  if (/^(DESCOPE_|TENANT_SELECT_(?!EMULATOR$))|_proxy$/i.test(name)) delete process.env[name]
}

/** An emulator for this test or suite, with one signed-in user who is in two tenants. */
export async function emulatorWithUser(context, options) {
  const emulator = await emulatorFor(context, options)
  await emulator.addUser({
    loginId: 'ada@example.com',
    name: 'Ada',
    userId: 'U2ada',
    tenants: {
      acme: { name: 'Acme', roles: ['editor'], permissions: ['documents.write'] },
      globex: { name: 'Globex', roles: ['viewer'] },
    },
  })
  const { sessionJwt, refreshJwt } = await emulator.signIn('ada@example.com', 'globex')
  return { emulator, sessionJwt, refreshJwt }
}
