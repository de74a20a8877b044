import { optionalDate } from './date.js'
import type { JsonObject } from './json.js'
import { adopt, Model, SHAPE, type Shape, shape } from './model.js'

const TENANT = shape(
  'id',
  'name',
  'selfProvisioningDomains',
  'customAttributes',
  'authType',
  'domains',
  'createdTime',
  'disabled',
  'enforceSSO',
)

/**
 * A tenant of the user, as `myTenants` lists it.
 *
 * @example
 * ```ts
 * const tenants = await client.myTenants(refreshJwt)
 * console.log(tenants.map((tenant) => `${tenant.id}: ${tenant.name}`))
 * ```
 */
export class Tenant extends Model {
  /** The tenant's id, for `selectTenant`. */
  declare readonly id?: string
  /** The tenant's name. */
  declare readonly name?: string
  /** Domains whose users may join this tenant without an invitation. */
  declare readonly selfProvisioningDomains?: readonly string[]
  /** Keys and values that the project defines. */
  declare readonly customAttributes?: JsonObject
  /** How users of this tenant sign in, such as `saml`. */
  declare readonly authType?: string
  /** The tenant's domains. */
  declare readonly domains?: readonly string[]
  /** Seconds since 1970. */
  declare readonly createdTime?: number
  /** Whether the tenant is disabled. */
  declare readonly disabled?: boolean
  /** Whether the tenant requires SSO. */
  declare readonly enforceSSO?: boolean

  /** `createdTime` as a `Date`. */
  get createdTimeDate(): Date | undefined {
    return optionalDate(this.createdTime)
  }

  /** @internal */
  get [SHAPE](): Shape {
    return TENANT
  }
}

/** @internal */
export function readTenants(text: string): Tenant[] {
  return (JSON.parse(text) as object[]).map((tenant) => adopt(tenant, Tenant))
}
