/**
 * A verified session token: the user, the expiry, the active tenant, and the roles and permissions.
 *
 * @module
 */

import { type InspectOptionsStylized, inspect } from 'node:util'
import type { Callable } from '../caller_stack.js'
import { native } from '../native/index.js'
import { date, optionalDate } from './date.js'
import { FOR_TESTS } from './for_tests.js'
import { Granted } from './granted.js'
import type { JsonObject } from './json.js'
import { define, lazy, SOURCE } from './lazy.js'
import { sessionText } from './session_for_tests.js'
import { type GrantView, TenantGrant } from './tenant_grant.js'

/** The small members of a session, the first line of the core's text. */
interface SessionView {
  readonly userId: string
  readonly projectId: string
  readonly issuedAt: number | null
  readonly expiresAt: number
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly amr: readonly string[]
  readonly steppedUp: boolean
  readonly refreshExpiresAt: number | null
  readonly cacheScope: string
}

/** What the other members of a session are made from. */
class SessionSource {
  readonly #projectId: string
  /** Empty without an active tenant. */
  readonly #activeText: string
  readonly #claimsText: string
  #activeTenant: TenantGrant | undefined
  #tenants: Session['tenants'] | undefined
  #claims: JsonObject | undefined

  constructor(projectId: string, active: string, claims: string) {
    this.#projectId = projectId
    this.#activeText = active
    this.#claimsText = claims
  }

  get activeTenant(): TenantGrant | undefined {
    if (this.#activeText !== '') this.#activeTenant ??= TenantGrant.of(JSON.parse(this.#activeText) as GrantView)
    return this.#activeTenant
  }

  get tenants(): Session['tenants'] {
    this.#tenants ??= readGrants(native.sessionTenants(this.#projectId, this.#claimsText), this.activeTenant)
    return this.#tenants
  }

  get claims(): JsonObject {
    this.#claims ??= JSON.parse(this.#claimsText) as JsonObject
    return this.#claims
  }
}

/** The grants by tenant; that of the active one is the object which exists already. */
function readGrants(text: string, active: TenantGrant | undefined): Session['tenants'] {
  const grants: Record<string, TenantGrant> = Object.create(null)
  for (const [id, grant] of Object.entries(JSON.parse(text) as Readonly<Record<string, GrantView>>)) {
    grants[id] = active?.tenantId === id ? active : TenantGrant.of(grant)
  }
  return grants
}

const ACTIVE_TENANT = lazy<SessionSource, 'activeTenant'>('activeTenant', true)
const TENANTS = lazy<SessionSource, 'tenants'>('tenants', true)
const CLAIMS = lazy<SessionSource, 'claims'>('claims', true)

/**
 * The claims of a session token whose signature, time, issuer and kind have been checked.
 *
 * `roles`, `permissions` and the methods at this level are those of the project (the root claims of the token); those
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
  declare readonly activeTenant: TenantGrant | undefined
  /** The grants of the token's `tenants` claim, by tenant id. The object has no prototype, so it contains only tenants. */
  declare readonly tenants: { readonly [tenantId: string]: TenantGrant | undefined }
  /**
   * `amr`: how the user signed in, such as `['pwd', 'mfa']` (RFC 8176). Empty when the token does not say it; one string
   * counts as a list of one.
   */
  readonly amr: readonly string[]
  /**
   * Whether the user has stepped up: signed in once more for what needs a recent or a stronger sign-in. True only when the
   * claim `su` is `true`.
   *
   * @example
   * ```ts
   * const session = await client.validateSession(sessionJwt)
   * if (!session.steppedUp && !session.amr.includes('mfa')) console.log('sign in once more')
   * ```
   */
  readonly steppedUp: boolean
  /**
   * `rexp`: when the refresh token ends, in seconds since 1970. Undefined when the token does not say it as an RFC 3339
   * timestamp or as a number of seconds since 1970.
   *
   * @example
   * ```ts
   * const { refreshExpiresAt, refreshExpiresAtDate } = await client.validateSession(sessionJwt)
   * console.log(refreshExpiresAt, refreshExpiresAtDate)
   * ```
   */
  readonly refreshExpiresAt: number | undefined
  /**
   * A key for caches of what this user sees in the active tenant: `project:tenant:user`, and `project::user` without one.
   * It is made of ids alone and is the same for every session of this user in this tenant, so that no cache gives the data
   * of one tenant to another. In the ids of the tenant and the user, `%` is written as `%25` and `:` as `%3A`, so that two
   * scopes are never equal.
   *
   * @example
   * ```ts
   * const session = await client.validateSession(sessionJwt)
   * const key = `${session.cacheScope}:invoices`
   * console.log(key)
   * ```
   */
  readonly cacheScope: string
  /** Every claim of the token. */
  declare readonly claims: JsonObject

  /** @internal */
  declare readonly [SOURCE]: SessionSource

  private constructor(view: SessionView, source: SessionSource) {
    super(view)
    this.userId = view.userId
    this.projectId = view.projectId
    this.issuedAt = view.issuedAt ?? undefined
    this.expiresAt = view.expiresAt
    this.amr = view.amr
    this.steppedUp = view.steppedUp
    this.refreshExpiresAt = view.refreshExpiresAt ?? undefined
    this.cacheScope = view.cacheScope
    define(this, SOURCE, source, false)
    Object.defineProperty(this, 'activeTenant', ACTIVE_TENANT)
    Object.defineProperty(this, 'tenants', TENANTS)
    Object.defineProperty(this, 'claims', CLAIMS)
  }

  /** @internal */
  static of([small, active, claims]: readonly string[]): Session {
    const view = JSON.parse(small as string) as SessionView
    return new Session(view, new SessionSource(view.projectId, active as string, claims as string))
  }

  /** `issuedAt` as a `Date`. */
  get issuedAtDate(): Date | undefined {
    return optionalDate(this.issuedAt)
  }

  /**
   * `expiresAt` as a `Date`.
   *
   * @example
   * ```ts
   * const session = await client.validateSession(sessionJwt)
   * console.log(`signed in until ${session.expiresAtDate.toISOString()}`)
   * ```
   */
  get expiresAtDate(): Date {
    return date(this.expiresAt)
  }

  /** `refreshExpiresAt` as a `Date`. */
  get refreshExpiresAtDate(): Date | undefined {
    return optionalDate(this.refreshExpiresAt)
  }

  /**
   * The session as the other languages serialise it: the active tenant by its id, and nothing that follows from `claims`
   * alone. Called by `JSON.stringify`.
   */
  toJSON(): object {
    const { userId, projectId, issuedAt = null, expiresAt, activeTenant, tenants, claims } = this
    return { userId, projectId, issuedAt, expiresAt, activeTenant: activeTenant?.tenantId ?? null, tenants, claims }
  }

  /** For `tenant-select/testing`. @internal */
  static [FOR_TESTS](options: object, method: Callable): Session {
    return readSession(sessionText(options, method))
  }

  /** Shows the members that are parsed when they are read like the others. @internal */
  [inspect.custom](depth: number, options: InspectOptionsStylized, print: typeof inspect): string {
    if (depth < 0) return options.stylize('[Session]', 'special')
    const inner = options.depth === null || options.depth === undefined ? options.depth : options.depth - 1
    return `Session ${print({ ...this }, { ...options, ...(inner === undefined ? {} : { depth: inner }) })}`
  }
}

/** @internal */
export function readSession(text: string): Session {
  return Session.of(text.split('\n'))
}
