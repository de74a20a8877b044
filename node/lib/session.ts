/**
 * A verified session token as facts: who, until when, in which tenant, and what they may do there.
 *
 * @module
 */

import { strings } from './arguments.js'
import type { JsonObject } from './json.js'
import { pointing } from './stack.js'

/** What the core writes about a session. */
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

interface GrantView {
  readonly tenantId: string
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
}

/**
 * Names of roles and permissions, and the four questions about them. What is granted the core reads of the token; here names
 * are compared whole, never as substrings, which the contract cases pin for every language.
 */
abstract class Granted {
  /** Roles granted at this level. */
  readonly roles: readonly string[]
  /** Permissions granted at this level. */
  readonly permissions: readonly string[]

  /** @internal */
  constructor(granted: Pick<GrantView, 'roles' | 'permissions'>) {
    this.roles = granted.roles
    this.permissions = granted.permissions
  }

  /**
   * Whether every one of `roles` is granted at this level; true for an empty list.
   *
   * @throws {@link InvalidInputError} when `roles` is not an array of strings.
   */
  hasRoles(roles: readonly string[]): boolean {
    return pointing(Granted.prototype.hasRoles, () => has(this.roles, strings('roles', roles)))
  }

  /**
   * Whether every one of `permissions` is granted at this level; true for an empty list.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  hasPermissions(permissions: readonly string[]): boolean {
    return pointing(Granted.prototype.hasPermissions, () => has(this.permissions, strings('permissions', permissions)))
  }

  /**
   * Those of `roles` that are granted at this level, in the order asked.
   *
   * @throws {@link InvalidInputError} when `roles` is not an array of strings.
   */
  matchedRoles(roles: readonly string[]): string[] {
    return pointing(Granted.prototype.matchedRoles, () => matched(this.roles, strings('roles', roles)))
  }

  /**
   * Those of `permissions` that are granted at this level, in the order asked.
   *
   * @throws {@link InvalidInputError} when `permissions` is not an array of strings.
   */
  matchedPermissions(permissions: readonly string[]): string[] {
    return pointing(Granted.prototype.matchedPermissions, () =>
      matched(this.permissions, strings('permissions', permissions)),
    )
  }
}

function has(granted: readonly string[], asked: readonly string[]): boolean {
  return asked.every((name) => granted.includes(name))
}

function matched(granted: readonly string[], asked: readonly string[]): string[] {
  return asked.filter((name) => granted.includes(name))
}

/**
 * What the user may do in one tenant.
 *
 * @example
 * ```ts
 * const session = await client.validateSession(sessionJwt)
 * const grant = session.activeTenant
 * if (grant?.hasPermissions(['invoices.read'])) console.log(`may read invoices of ${grant.tenantId}`)
 * ```
 */
export class TenantGrant extends Granted {
  /** The tenant. */
  readonly tenantId: string

  private constructor(grant: GrantView) {
    super(grant)
    this.tenantId = grant.tenantId
  }

  /** @internal */
  static of(grant: GrantView): TenantGrant {
    return new TenantGrant(grant)
  }
}

/**
 * The claims of a session token whose signature, time, issuer and kind have been checked.
 *
 * `roles`, `permissions` and the four questions at this level are about the project (the root claims of the token); the
 * same on a {@link TenantGrant} are about one tenant.
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
   * The grant of the active tenant (the `dct` claim): from `tenants` when the token has that claim, and undefined when the
   * claim does not name the tenant; from the root of the token when it has no `tenants` at all.
   */
  readonly activeTenant: TenantGrant | undefined
  /** What the token's `tenants` claim grants, by tenant id. An object without prototype: only tenants are in it. */
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

  /** The session as the other languages serialise it: the active tenant by its id. Called by `JSON.stringify`. */
  toJSON(): object {
    const { userId, projectId, issuedAt = null, expiresAt, activeTenant, tenants, claims } = this
    return { userId, projectId, issuedAt, expiresAt, activeTenant: activeTenant?.tenantId ?? null, tenants, claims }
  }
}

/** @internal */
export function readSession(view: SessionView): Session {
  return Session.of(view)
}
