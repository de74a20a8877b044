import { Model, SHAPE, type Shape, shape } from './model.js'

const USER_TENANT = shape('tenantId', 'roleNames', 'tenantName', 'permissions')

/**
 * One of the user's tenants, and what the user may do there.
 *
 * @example
 * ```ts
 * const user = await client.me(refreshJwt)
 * for (const tenant of user.userTenants ?? []) console.log(tenant.tenantId, tenant.roleNames)
 * ```
 */
export class UserTenant extends Model {
  /** The tenant's id. */
  declare readonly tenantId?: string
  /** Roles in this tenant. */
  declare readonly roleNames?: readonly string[]
  /** The tenant's name. */
  declare readonly tenantName?: string
  /** Permissions in this tenant. */
  declare readonly permissions?: readonly string[]

  /** @internal */
  get [SHAPE](): Shape {
    return USER_TENANT
  }
}
