import type { JsonObject, JsonValue } from './json.js'
import { Model, SHAPE, type Shape, shape } from './model.js'

const IDP_RESPONSE = shape(
  '!samlResponse',
  'samlGeneratedUser',
  'samlGeneratedRoles',
  '!oidcResponse',
  'oidcGeneratedUser',
  'oidcGeneratedRoles',
  'idpGroups',
  'idpSAMLAttributes',
  'idpOIDCClaims',
)

/**
 * The data of the identity provider for a sign-in through SSO.
 *
 * @example
 * ```ts
 * const response = await client.refreshSession(refreshJwt)
 * console.log(response.idpResponse?.idpGroups ?? 'not signed in through SSO')
 * ```
 */
export class IDPResponse extends Model {
  /** The provider's raw SAML response. Never printed. */
  declare readonly samlResponse?: string
  /** The user derived from it, as JSON text. */
  declare readonly samlGeneratedUser?: string
  /** The roles derived from it. */
  declare readonly samlGeneratedRoles?: string
  /** The provider's raw OpenID Connect response. Never printed. */
  declare readonly oidcResponse?: string
  /** The user derived from it, as JSON text. */
  declare readonly oidcGeneratedUser?: string
  /** The roles derived from it. */
  declare readonly oidcGeneratedRoles?: string
  /** The user's groups at the provider. */
  declare readonly idpGroups?: readonly string[]
  /** SAML attributes. The API page shows an object as well as `false`. */
  declare readonly idpSAMLAttributes?: JsonValue
  /** Claims of the provider's token. */
  declare readonly idpOIDCClaims?: JsonObject

  /** @internal */
  get [SHAPE](): Shape {
    return IDP_RESPONSE
  }
}
