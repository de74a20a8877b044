import type { JsonObject } from '../models/json.js'

/**
 * A token to make: a valid session token, with the changes named here. Header and claims are made, signed, and then damaged.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const client = emulator.client()
 * const good: TokenOrder = { tenant: 'acme', claims: { sub: 'U1' } }
 * const session = await client.validateSession(await emulator.token(good))
 * console.assert(session.userId === 'U1' && session.activeTenant?.tenantId === 'acme')
 * const forged: TokenOrder = { ...good, sign: 'other_key' }
 * const error = await client.validateSession(await emulator.token(forged)).catch((error: unknown) => error)
 * console.assert(error instanceof InvalidTokenError)
 * await emulator.stop()
 * ```
 */
export interface TokenOrder {
  /** The active tenant: sets `dct` and `tenants`, which `claims` may change. */
  readonly tenant?: string | undefined
  /** The claims to begin with. Default `session`. */
  readonly profile?: 'session' | 'refresh' | 'empty' | undefined
  /** Laid over those claims; `null` removes one. */
  readonly claims?: JsonObject | undefined
  /** Laid over the header; `null` removes a member. */
  readonly header?: JsonObject | undefined
  /** The algorithm, in the header and to sign with. Default: that of the emulator's settings. */
  readonly alg?: string | undefined
  /** The built-in key that signs, such as `ES256`, or a stranger's, such as `RS256.other`. Default: that of `alg`. */
  readonly key?: string | undefined
  /** The `kid` of the header. Default: the key's. */
  readonly kid?: string | undefined
  /** How many seconds ago it was issued; moves `exp` along. Default 0. */
  readonly issuedSecondsAgo?: number | undefined
  /** `exp` minus `iat`; negative for one that has expired. Default 600, for the refresh profile four weeks. */
  readonly lifetimeSeconds?: number | undefined
  /** Who signs. Default `own`, the key that the header names. */
  readonly sign?:
    | 'own'
    | 'other_key'
    | 'none'
    | 'hmac_public_key'
    | 'hmac_jwk'
    | 'random'
    | 'zeros'
    | 'asn1'
    | undefined
  /** Laid over the claims after signing; `null` removes one. */
  readonly tamper?: JsonObject | undefined
  /** Changes to the finished token, such as `truncate_signature` or `pad_base64`. */
  readonly mutate?: string | readonly string[] | undefined
  /** How many characters the token has, by a claim of padding. */
  readonly size?: number | undefined
  /** How many arrays a claim is nested in. */
  readonly nesting?: number | undefined
  /** Whether the public key that signs is in the header. Default false. */
  readonly embedJwk?: boolean | undefined
  /** Claims as raw JSON text. */
  readonly rawClaims?: Readonly<Record<string, string>> | undefined
  /** Members of the header as raw JSON text. */
  readonly rawHeader?: Readonly<Record<string, string>> | undefined
  /** Claims that are written a second time. */
  readonly duplicateClaims?: JsonObject | undefined
  /** Members of the header that are written a second time. */
  readonly duplicateHeader?: JsonObject | undefined
  /** The whole claims part, JSON or not. */
  readonly claimsText?: string | undefined
  /** The whole header, JSON or not. */
  readonly headerText?: string | undefined
  /** The whole token, in place of everything else. */
  readonly text?: string | undefined
}

/** The order in the emulator's own terms. */
export function tokenSpec({ tenant, claims, ...order }: TokenOrder): object {
  if (tenant === undefined) return claims === undefined ? order : { ...order, claims }
  return { ...order, claims: { dct: tenant, tenants: { [tenant]: {} }, ...claims } }
}
