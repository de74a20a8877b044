import { optionalDate } from './date.js'
import type { JsonObject } from './json.js'
import { adopt, Model, SHAPE, type Shape, shape } from './model.js'
import { UserTenant } from './user_tenant.js'

const USER = shape(
  'loginIds',
  'userId',
  'name',
  'email',
  'phone',
  'verifiedEmail',
  'verifiedPhone',
  'roleNames',
  'userTenants',
  'status',
  'externalIds',
  'picture',
  'test',
  'customAttributes',
  'createdTime',
  'TOTP',
  'SAML',
  'OAuth',
  'webauthn',
  'password',
  'ssoAppIds',
  'givenName',
  'middleName',
  'familyName',
  'editable',
  'SCIM',
  'push',
  'permissions',
  'OIDC',
  'consentExpiration',
  'recoveryEmail',
  'verifiedRecoveryEmail',
  'recoveryPhone',
  'verifiedRecoveryPhone',
)

/**
 * The user's profile: what `me` returns, and the `user` of a {@link JWTResponse}.
 *
 * @example
 * ```ts
 * const user = await client.me(refreshJwt)
 * console.log(user.userId, user.email, user.userTenants?.map((tenant) => tenant.tenantId))
 * ```
 */
export class User extends Model {
  /** The names the user signs in with. */
  declare readonly loginIds?: readonly string[]
  /** The service's id of the user. */
  declare readonly userId?: string
  /** Display name. */
  declare readonly name?: string
  /** Email address. */
  declare readonly email?: string
  /** Phone number. */
  declare readonly phone?: string
  /** Whether the email address was verified. */
  declare readonly verifiedEmail?: boolean
  /** Whether the phone number was verified. */
  declare readonly verifiedPhone?: boolean
  /** Roles at project level. */
  declare readonly roleNames?: readonly string[]
  /** The tenants that the user belongs to. */
  declare readonly userTenants?: readonly UserTenant[]
  /** Such as `enabled`. */
  declare readonly status?: string
  /** Ids of the user in other systems. */
  declare readonly externalIds?: readonly string[]
  /** Address of a picture. */
  declare readonly picture?: string
  /** Whether this is a test user. */
  declare readonly test?: boolean
  /** Keys and values that the project defines. */
  declare readonly customAttributes?: JsonObject
  /** Seconds since 1970. */
  declare readonly createdTime?: number
  /** Whether the user has a TOTP authenticator. */
  declare readonly TOTP?: boolean
  /** Whether the user signs in through SAML. */
  declare readonly SAML?: boolean
  /** For each OAuth provider, whether the user has signed in with it. */
  declare readonly OAuth?: { readonly [provider: string]: boolean }
  /** Whether the user has a passkey. */
  declare readonly webauthn?: boolean
  /** Whether the user has a password. */
  declare readonly password?: boolean
  /** Ids of the SSO applications that the user may use. */
  declare readonly ssoAppIds?: readonly string[]
  /** Given name. */
  declare readonly givenName?: string
  /** Middle name. */
  declare readonly middleName?: string
  /** Family name. */
  declare readonly familyName?: string
  /** Whether the profile may be edited. */
  declare readonly editable?: boolean
  /** Whether the user was provisioned through SCIM. */
  declare readonly SCIM?: boolean
  /** Whether the user has a device for push sign-in. */
  declare readonly push?: boolean
  /** Permissions at project level. */
  declare readonly permissions?: readonly string[]
  /** Whether the user signs in through OpenID Connect. */
  declare readonly OIDC?: boolean
  /** Seconds since 1970. */
  declare readonly consentExpiration?: number
  /** Email address for recovery. */
  declare readonly recoveryEmail?: string
  /** Whether the email address for recovery was verified. */
  declare readonly verifiedRecoveryEmail?: boolean
  /** Phone number for recovery. */
  declare readonly recoveryPhone?: string
  /** Whether the phone number for recovery was verified. */
  declare readonly verifiedRecoveryPhone?: boolean

  /** `createdTime` as a `Date`. */
  get createdTimeDate(): Date | undefined {
    return optionalDate(this.createdTime)
  }

  /** `consentExpiration` as a `Date`. */
  get consentExpirationDate(): Date | undefined {
    return optionalDate(this.consentExpiration)
  }

  /** @internal */
  get [SHAPE](): Shape {
    return USER
  }
}

/** @internal */
export function readUser(text: string): User {
  const user = adopt(JSON.parse(text) as object, User)
  for (const tenant of user.userTenants ?? []) adopt(tenant, UserTenant)
  return user
}
