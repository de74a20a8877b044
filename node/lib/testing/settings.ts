import type { JsonObject } from '../models/json.js'

/**
 * The behaviour of the emulated project. Omitted settings keep their value.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator({ seed: { users: [{ loginId: 'ada@example.com' }] } })
 * const rotating: EmulatorSettings = { refreshRotation: true, reuseDetection: true, sessionLifetimeSeconds: 60 }
 * await emulator.settings(rotating)
 * await emulator.stop()
 * ```
 */
export interface EmulatorSettings {
  /** Where tokens are delivered: both in the body, both in cookies, or only the one named in a cookie. Default `body`. */
  readonly tokenDelivery?: 'body' | 'cookies' | 'refresh_cookie' | 'session_cookie' | undefined
  /** Default `DS`. */
  readonly sessionCookieName?: string | undefined
  /** Default `DSR`. */
  readonly refreshCookieName?: string | undefined
  /** `Domain` of both cookies; empty, the default, means this host only. */
  readonly cookieDomain?: string | undefined
  /** `Path` of both cookies. Default `/`. */
  readonly cookiePath?: string | undefined
  /** `Domain` of the session cookie when it differs. */
  readonly sessionCookieDomain?: string | undefined
  /** `Path` of the session cookie when it differs. */
  readonly sessionCookiePath?: string | undefined
  /** `SameSite` of both cookies. Default `Strict`. */
  readonly cookieSameSite?: 'Strict' | 'Lax' | 'None' | undefined
  /** `SameSite` of the session cookie when it differs. Default: that of both. */
  readonly sessionCookieSameSite?: 'Strict' | 'Lax' | 'None' | null | undefined
  /** Age of the refresh cookie in seconds, 0 for none, at most 2,147,483,647. Default: the token's lifetime. */
  readonly cookieMaxAgeSeconds?: number | null | undefined
  /** Age of the session cookie in seconds, 0 for none, at most 2,147,483,647. Default: the token's lifetime. */
  readonly sessionCookieMaxAgeSeconds?: number | null | undefined
  /** Lifetime of session tokens in seconds, 1 to 2,147,483,647. Default 600. */
  readonly sessionLifetimeSeconds?: number | undefined
  /** Lifetime of a sign-in in seconds, 1 to 2,147,483,647. Default four weeks. */
  readonly refreshLifetimeSeconds?: number | undefined
  /** How long a sign-in may be without activity, in seconds, 1 to 2,147,483,647. A refresh is activity. Default: no limit. */
  readonly inactivitySeconds?: number | null | undefined
  /** Whether a selection is activity, too. Default true. */
  readonly selectCountsAsActivity?: boolean | undefined
  /** How long a step-up lasts in seconds, 1 to 2,147,483,647. Default 600. */
  readonly stepUpLifetimeSeconds?: number | undefined
  /** Whether a refresh keeps a step-up that has not ended. Default true. */
  readonly refreshKeepsStepUp?: boolean | undefined
  /** Whether a selection keeps a step-up that has not ended. Default false. */
  readonly selectKeepsStepUp?: boolean | undefined
  /** Settings of tenants for sessions in them, by id; replaced as a whole. Default: none. */
  readonly tenantSettings?: Readonly<Record<string, EmulatorTenantSettings>> | undefined
  /** Whether each refresh returns a new refresh token and supersedes the presented one. Default false. */
  readonly refreshRotation?: boolean | undefined
  /** Whether a superseded refresh token that is used again, on any route, ends the whole sign-in. Default false. */
  readonly reuseDetection?: boolean | undefined
  /** How long a superseded refresh token is still accepted in seconds, at most 2,147,483,647. Default 0. */
  readonly rotationGraceSeconds?: number | undefined
  /** Whether a selection supersedes the presented refresh token. Default false. */
  readonly selectSupersedes?: boolean | undefined
  /** Whether a refresh without rotation repeats the refresh token. Default true. */
  readonly refreshReturnsToken?: boolean | undefined
  /** Which grants tokens have: of all tenants, of the active one at the root, or none. Default `default`. */
  readonly jwtTemplate?: 'default' | 'current_tenant' | 'none' | undefined
  /** How tokens show empty roles, permissions and tenants: omitted, null, or empty. Default `delete`. */
  readonly emptyClaimPolicy?: 'delete' | 'nil' | 'none' | undefined
  /** Whether session tokens have no permissions. Default false. */
  readonly excludePermissionClaim?: boolean | undefined
  /** `sub` of both tokens, with the user's id as `dsub`; `{loginId}` and `{userId}` are filled in. Default: `sub` is the user's id. */
  readonly overrideSubjectClaim?: string | null | undefined
  /** Whether a user of exactly one tenant acts in it without selecting it. Default true. */
  readonly automaticDct?: boolean | undefined
  /** Whether session tokens have a random `jti`. Default false. */
  readonly includeJti?: boolean | undefined
  /** `iss`; `{url}` and `{projectId}` are filled in. */
  readonly issuer?: string | undefined
  /** Whether presented tokens need the `iss` of this setting. Default false. */
  readonly enforceIssuer?: boolean | undefined
  /** `aud`. Default: none. */
  readonly audience?: string | readonly string[] | null | undefined
  /** Additional claims. In session tokens they override the emulator's, in refresh tokens they do not. */
  readonly customClaims?: JsonObject | undefined
  /** Whether refresh tokens have no custom claims. Default false. */
  readonly omitCustomClaimsFromDSR?: boolean | undefined
  /** The signing algorithm. Default `RS256`. */
  readonly signingAlgorithm?: `${'RS' | 'PS' | 'ES'}${256 | 384 | 512}` | 'EdDSA' | undefined
  /** Built-in public keys to add to the key set. */
  readonly publishedAlgorithms?: readonly string[] | undefined
  /** `Cache-Control` of key sets. Default: none. */
  readonly keysCacheControl?: string | null | undefined
  /** The `claims` of a response. Default `empty`. */
  readonly responseClaims?: 'empty' | 'session' | undefined
  /** `nextRefreshSeconds` of responses, at most 2,147,483,647. Default: computed from `inactivitySeconds`, 0 without. */
  readonly nextRefreshSeconds?: number | null | undefined
  /** A selection without a tenant: `refuse` it, or `clear` the active tenant. Default `refuse`. */
  readonly emptyTenant?: 'refuse' | 'clear' | undefined
  /** Which token is used when both bearer and cookie have one. Default `bearer`. */
  readonly tokenPrecedence?: 'bearer' | 'cookie' | undefined
  /** Default `newest_first`. */
  readonly historyOrder?: 'newest_first' | 'oldest_first' | undefined
  /** The key that every bearer must end with. Default: none is required. */
  readonly authManagementKey?: string | null | undefined
  /** A fixed window over all clients. Default: no limit. */
  readonly rateLimit?:
    | {
        readonly limit: number
        readonly windowSeconds: number
        readonly retryAfter?: 'seconds' | 'date' | 'none' | undefined
        readonly pathPrefix?: string | undefined
      }
    | null
    | undefined
  /** Delay of every response in milliseconds, at most 60,000. Default 0. */
  readonly delayMs?: number | undefined
  /** Upper bound of an additional delay in milliseconds, another for each response, at most 60,000. Default 0. */
  readonly delayJitterMs?: number | undefined
  /** Status and code of refusals, such as `refusedTenant` or `rateLimited`. */
  readonly errors?:
    | Readonly<Record<string, { readonly status?: number | undefined; readonly errorCode?: string | undefined }>>
    | undefined
}

/**
 * Settings of a tenant for sessions in it; a member that is absent or `null` has the project's value.
 *
 * @example
 * ```ts
 * const strict: EmulatorTenantSettings = { sessionLifetimeSeconds: 60, enforceSSO: true }
 * const settings: EmulatorSettings = { tenantSettings: { acme: strict } }
 * ```
 */
export interface EmulatorTenantSettings {
  /** Lifetime of session tokens in seconds, 1 to 2,147,483,647. */
  readonly sessionLifetimeSeconds?: number | null | undefined
  /** Lifetime of the refresh token that a selection of the tenant issues, in seconds, 1 to 2,147,483,647. */
  readonly refreshLifetimeSeconds?: number | null | undefined
  /** How long a sign-in may be without activity, in seconds, 1 to 2,147,483,647. */
  readonly inactivitySeconds?: number | null | undefined
  /** How long a step-up lasts in seconds, 1 to 2,147,483,647. */
  readonly stepUpLifetimeSeconds?: number | null | undefined
  /** Whether only a sign-in that began in the tenant may select it. Default false. */
  readonly enforceSSO?: boolean | undefined
}

/**
 * All settings of an emulated project.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const { sessionLifetimeSeconds }: AllEmulatorSettings = await emulator.settings()
 * console.assert(sessionLifetimeSeconds > 0)
 * await emulator.stop()
 * ```
 */
export type AllEmulatorSettings = {
  readonly [Name in keyof EmulatorSettings]-?: Exclude<EmulatorSettings[Name], undefined>
}
