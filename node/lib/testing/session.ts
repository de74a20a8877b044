/**
 * A session for unit tests, without a server and without a token.
 *
 * @module
 */

import { Session } from '../index.js'
import { FOR_TESTS } from '../models/for_tests.js'

/**
 * What the user may do in one tenant of a {@link session | session for tests}.
 *
 * @example
 * ```ts
 * const editor: SessionGrant = { roles: ['editor'], permissions: ['documents.write'] }
 * console.assert(session({ tenants: { acme: editor } }).tenants['acme']?.hasRoles(['editor']))
 * ```
 */
export interface SessionGrant {
  /** Roles in this tenant. Default: none. */
  readonly roles?: readonly string[] | undefined
  /** Permissions in this tenant. Default: none. */
  readonly permissions?: readonly string[] | undefined
}

/**
 * What a {@link session | session for tests} is to be like.
 *
 * @example
 * ```ts
 * const options: SessionOptions = { activeTenant: 'acme', tenants: { acme: { roles: ['editor'] } } }
 * console.assert(session(options).activeTenant?.hasRoles(['editor']))
 * ```
 */
export interface SessionOptions {
  /** The user. Default: `U2test`. */
  readonly userId?: string | undefined
  /** The project. Default: `P2test`. */
  readonly projectId?: string | undefined
  /** The active tenant (`dct`). Default: none. */
  readonly activeTenant?: string | undefined
  /** Roles and permissions by tenant id. Default: no claim `tenants`. */
  readonly tenants?: Readonly<Record<string, SessionGrant>> | undefined
  /** Roles at project level. Default: none. */
  readonly roles?: readonly string[] | undefined
  /** Permissions at project level. Default: none. */
  readonly permissions?: readonly string[] | undefined
  /** More claims. They replace those that the other options make. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** `iat`, in seconds since 1970. Default: now. */
  readonly issuedAt?: number | undefined
  /** `exp`, in seconds since 1970. Default: in ten minutes. A time in the past makes a session that has ended. */
  readonly expiresAt?: number | undefined
}

/**
 * Makes a session for a unit test. **Nothing in it is verified**: use it in tests alone, never to let a request in.
 *
 * It has the claims that a token of the service would have, and is read from them by the rules for tokens. So a session whose
 * `activeTenant` is not among its `tenants` has no active tenant, and without `tenants` the active tenant has the `roles` and
 * `permissions` of the root. Its claim `iss` is `tenant-select/testing`, which no verified token has.
 *
 * @param options - what the session is to be like
 * @returns the session
 * @throws {@link InvalidInputError} when an option has the wrong type, or the claims name no user; `argument` names it.
 *
 * @example
 * ```ts
 * import { session } from 'tenant-select/testing'
 *
 * const ada = session({ userId: 'U1', activeTenant: 'acme', tenants: { acme: { roles: ['editor'] }, globex: {} } })
 * console.assert(ada.activeTenant?.hasRoles(['editor']) && ada.tenants.globex !== undefined)
 * ```
 */
export function session(options: SessionOptions = {}): Session {
  return Session[FOR_TESTS](options, session)
}
