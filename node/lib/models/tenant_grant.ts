import { Granted, type GrantedView } from './granted.js'

/** The core's JSON of a tenant's grant. */
export interface GrantView extends GrantedView {
  readonly tenantId: string
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
  /** The tenant's id. */
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
