/**
 * What `tenant-select/testing` makes sessions with. It is here and not there, because a program has one copy of every class and
 * of the addon: those of the main entry point.
 *
 * @module
 */

import { knownKeys, WrongArgument } from '../arguments.js'
import { type Callable, runWithCallerStack } from '../caller_stack.js'
import { failure } from '../errors/from_native.js'
import { native } from '../native/index.js'

/** The names of the core. */
const NAMES: Readonly<Record<string, string>> = {
  userId: 'user_id',
  projectId: 'project_id',
  activeTenant: 'active_tenant',
  tenants: 'tenants',
  roles: 'roles',
  permissions: 'permissions',
  claims: 'claims',
  issuedAt: 'issued_at',
  expiresAt: 'expires_at',
}

/**
 * Returns the core's text of a session that is like the options.
 *
 * @param method - the public function that was called
 */
export function sessionText(options: object, method: Callable): string {
  return runWithCallerStack(method, () => {
    knownKeys(options, Object.keys(NAMES))
    const wanted = Object.entries(options).map(([name, value]) => [NAMES[name], value])
    const made = native.sessionForTests(json(Object.fromEntries(wanted)))
    if (made.state === 'failed') throw failure(made)
    return made.json
  })
}

/** The options as JSON. Only claims can hold what JSON does not have. */
function json(wanted: object): string {
  try {
    return JSON.stringify(wanted)
  } catch {
    throw new WrongArgument('claims', 'claims must be JSON')
  }
}
