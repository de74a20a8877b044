/**
 * A verified session token: the user, the expiry, the active tenant, and the roles and permissions.
 *
 * @module
 */

import { Granted } from './granted.js'
import type { JsonObject } from './json.js'
import { type GrantView, TenantGrant } from './tenant_grant.js'

/** The core's JSON of a session. */
export interface SessionView {
  readonly userId: string
  readonly projectId: string
  readonly issuedAt: number | null
  readonly expiresAt: number
  readonly activeTenant: string | null
  readonly activeGrant: GrantView | null
  readonly tenants: Readonly<Record<string, GrantView>>
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly claims: JsonObject
}

/**
 * The claims of a session token whose signature, time, issuer and kind have been checked.
 *
 * `roles`, `permissions` and the four methods at this level are those of the project (the root claims of the token); those
 * of a {@link TenantGrant} are those of one tenant.
 *
 * @example
 * ```ts
 * const session = await client.validateSession(sessionJwt)
 * console.log(session.userId, session.activeTenant?.tenantId, session.hasRoles(['admin']))
 * ```
 */
export class Session extends Granted {
  /** The user: the `dsub` claim when a JWT template overrides `sub`, else `sub`. */
  readonly userId: string
  /** The project that issued the token. */
  readonly projectId: string
  /** `iat`, in seconds since 1970. */
  readonly issuedAt: number | undefined
  /** `exp`, in seconds since 1970. */
  readonly expiresAt: number
  /**
   * The grant of the active tenant (the `dct` claim). It is read from `tenants` when the token has that claim, and is
   * undefined when the claim does not name the tenant. Without a `tenants` claim it is read from the root of the token.
   */
  readonly activeTenant: TenantGrant | undefined
  /** The grants of the token's `tenants` claim, by tenant id. The object has no prototype, so it contains only tenants. */
  readonly tenants: { readonly [tenantId: string]: TenantGrant | undefined }
  /** Every claim of the token. */
  readonly claims: JsonObject

  private constructor(view: SessionView) {
    super(view)
    this.userId = view.userId
    this.projectId = view.projectId
    this.issuedAt = view.issuedAt ?? undefined
    this.expiresAt = view.expiresAt
    const tenants: Record<string, TenantGrant> = Object.create(null)
    for (const [id, grant] of Object.entries(view.tenants)) tenants[id] = TenantGrant.of(grant)
    this.activeTenant =
      view.activeGrant === null ? undefined : (tenants[view.activeGrant.tenantId] ?? TenantGrant.of(view.activeGrant))
    this.tenants = tenants
    this.claims = view.claims
  }

  /** @internal */
  static of(view: SessionView): Session {
    return new Session(view)
  }

  /** The session in the format of the other languages, with the active tenant as its id. Called by `JSON.stringify`. */
  toJSON(): object {
    const { userId, projectId, issuedAt = null, expiresAt, activeTenant, tenants, claims } = this
    return { userId, projectId, issuedAt, expiresAt, activeTenant: activeTenant?.tenantId ?? null, tenants, claims }
  }
}

/** @internal */
export function readSession(view: SessionView): Session {
  return Session.of(view)
}
