declare abstract class Granted {
    readonly roles: readonly string[];
    readonly permissions: readonly string[];
    hasRoles(roles: readonly string[]): boolean;
    hasPermissions(permissions: readonly string[]): boolean;
    anyRole(roles: readonly string[]): boolean;
    anyPermission(permissions: readonly string[]): boolean;
    matchedRoles(roles: readonly string[]): string[];
    matchedPermissions(permissions: readonly string[]): string[];
}
declare abstract class Model {
    protected constructor();
    get extra(): JsonObject;
    toJSON(): object;
}
declare abstract class TenantSelectError extends Error {
    readonly code: ErrorCode;
    readonly operation?: string;
    readonly outcome: Outcome;
    readonly retryable: boolean;
    readonly attempts: number;
    readonly status?: number;
    readonly errorCode?: string;
    readonly errorDescription?: string;
    readonly errorMessage?: string;
    readonly retryAfter?: number;
    readonly requestId?: string;
    readonly argument?: string;
    readonly path?: string;
    constructor(message: string, details?: ErrorDetails);
    toJSON(): object;
}
declare class Client {
    #private;
    constructor(options?: ClientOptions);
    selectTenant(tenantId: string, refreshJwt: string, options?: CallOptions): Promise<JWTResponse>;
    refreshSession(refreshJwt: string, options?: RefreshOptions): Promise<JWTResponse>;
    me(refreshJwt: string, options?: CallOptions): Promise<User>;
    myTenants(refreshJwt: string, options?: MyTenantsOptions): Promise<Tenant[]>;
    history(refreshJwt: string, options?: CallOptions): Promise<HistoryEntry[]>;
    logout(refreshJwt: string, options?: CallOptions): Promise<JWTResponse>;
    logoutAll(refreshJwt: string, options?: CallOptions): Promise<JWTResponse>;
    validateSession(sessionJwt: string, options?: ValidateOptions): Promise<Session>;
    validateAndRefresh(sessionJwt: string | null | undefined, refreshJwt: string, options?: ValidateAndRefreshOptions): Promise<ValidationResult>;
    tokensFromRequest(cookieHeader?: string | null, authorization?: string | null): RequestTokens;
    close(): void;
    diagnostics(): Diagnostics;
    get projectId(): string;
    get baseUrl(): string;
    get closed(): boolean;
}
declare class HistoryEntry extends Model {
    readonly userId?: string;
    readonly loginTime?: number;
    readonly city?: string;
    readonly country?: string;
    readonly ip?: string;
    readonly selectedTenant?: string;
    get loginTimeDate(): Date | undefined;
}
declare class IDPResponse extends Model {
    readonly samlResponse?: string;
    readonly samlGeneratedUser?: string;
    readonly samlGeneratedRoles?: string;
    readonly oidcResponse?: string;
    readonly oidcGeneratedUser?: string;
    readonly oidcGeneratedRoles?: string;
    readonly idpGroups?: readonly string[];
    readonly idpSAMLAttributes?: JsonValue;
    readonly idpOIDCClaims?: JsonObject;
}
declare class JWTResponse extends Model {
    readonly sessionJwt?: string;
    readonly refreshJwt?: string;
    readonly cookieDomain?: string;
    readonly cookiePath?: string;
    readonly cookieMaxAge?: number;
    readonly cookieExpiration?: number;
    readonly user?: User;
    readonly firstSeen?: boolean;
    readonly idpResponse?: IDPResponse;
    readonly sessionExpiration?: number;
    readonly externalToken?: string;
    readonly claims?: JsonObject;
    readonly tenantSSOID?: string;
    readonly trustedDeviceJwt?: string;
    readonly nextRefreshSeconds?: number;
    readonly cookieName?: string;
    readonly sessionCookieName?: string;
    readonly sessionCookieDomain?: string;
    readonly unsavedSSO?: boolean;
    readonly knownDeviceJwt?: string;
    readonly http: ResponseMetadata;
    readonly nextRefreshAt: number | undefined;
    readonly reused: boolean;
    get session(): Session;
    get sessionOrUndefined(): Session | undefined;
    get nextRefreshAtDate(): Date | undefined;
    get sessionExpirationDate(): Date | undefined;
    get cookieExpirationDate(): Date | undefined;
    setCookieHeaders(options?: CookieOptions): string[];
}
declare class RequestTokens extends Model {
    readonly sessionJwt?: string;
    readonly refreshJwt?: string;
}
declare class Session extends Granted {
    readonly userId: string;
    readonly projectId: string;
    readonly issuedAt: number | undefined;
    readonly expiresAt: number;
    readonly activeTenant: TenantGrant | undefined;
    readonly tenants: {
        readonly [tenantId: string]: TenantGrant | undefined;
    };
    readonly amr: readonly string[];
    readonly steppedUp: boolean;
    readonly refreshExpiresAt: number | undefined;
    readonly cacheScope: string;
    readonly claims: JsonObject;
    private constructor();
    get issuedAtDate(): Date | undefined;
    get expiresAtDate(): Date;
    get refreshExpiresAtDate(): Date | undefined;
    toJSON(): object;
}
declare class Tenant extends Model {
    readonly id?: string;
    readonly name?: string;
    readonly selfProvisioningDomains?: readonly string[];
    readonly customAttributes?: JsonObject;
    readonly authType?: string;
    readonly domains?: readonly string[];
    readonly createdTime?: number;
    readonly disabled?: boolean;
    readonly enforceSSO?: boolean;
    get createdTimeDate(): Date | undefined;
}
declare class TenantGrant extends Granted {
    readonly tenantId: string;
    private constructor();
}
declare class User extends Model {
    readonly loginIds?: readonly string[];
    readonly userId?: string;
    readonly name?: string;
    readonly email?: string;
    readonly phone?: string;
    readonly verifiedEmail?: boolean;
    readonly verifiedPhone?: boolean;
    readonly roleNames?: readonly string[];
    readonly userTenants?: readonly UserTenant[];
    readonly status?: string;
    readonly externalIds?: readonly string[];
    readonly picture?: string;
    readonly test?: boolean;
    readonly customAttributes?: JsonObject;
    readonly createdTime?: number;
    readonly TOTP?: boolean;
    readonly SAML?: boolean;
    readonly OAuth?: {
        readonly [provider: string]: boolean;
    };
    readonly webauthn?: boolean;
    readonly password?: boolean;
    readonly ssoAppIds?: readonly string[];
    readonly givenName?: string;
    readonly middleName?: string;
    readonly familyName?: string;
    readonly editable?: boolean;
    readonly SCIM?: boolean;
    readonly push?: boolean;
    readonly permissions?: readonly string[];
    readonly OIDC?: boolean;
    readonly consentExpiration?: number;
    readonly recoveryEmail?: string;
    readonly verifiedRecoveryEmail?: boolean;
    readonly recoveryPhone?: string;
    readonly verifiedRecoveryPhone?: boolean;
    get createdTimeDate(): Date | undefined;
    get consentExpirationDate(): Date | undefined;
}
declare class UserTenant extends Model {
    readonly tenantId?: string;
    readonly roleNames?: readonly string[];
    readonly tenantName?: string;
    readonly permissions?: readonly string[];
}
export declare class Emulator implements AsyncDisposable {
    #private;
    readonly url: string;
    readonly projectId: string;
    readonly ca: string | undefined;
    readonly caFile: string | undefined;
    private constructor();
    get environment(): Readonly<Record<string, string>>;
    client(options?: ClientOptions): Client;
    addUser(user: EmulatorUser): Promise<JsonObject>;
    removeUser(loginId: string): Promise<void>;
    revokeMembership(loginId: string, tenantId: string): Promise<void>;
    signIn(loginId: string, tenant?: string, { stepUp }?: {
        readonly stepUp?: boolean | undefined;
    }): Promise<SignIn>;
    token(order?: TokenOrder): Promise<string>;
    settings(changes?: EmulatorSettings): Promise<AllEmulatorSettings>;
    advanceClock(seconds: number): Promise<void>;
    rotateKeys(options?: {
        readonly retire?: boolean;
    }): Promise<string>;
    addFault(fault: EmulatorFault): Promise<void>;
    clearFaults(): Promise<void>;
    requests(): Promise<JournalEntry[]>;
    waitFor(event: "request" | "response" | "disconnect", options?: WaitOptions): Promise<JournalEntry[]>;
    counters(): Promise<Counters>;
    clearRequests(): Promise<void>;
    reset(): Promise<void>;
    control<T>(method: string, path: string, body?: JsonValue): Promise<T>;
    stop(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}
export declare class EmulatorError extends Error {
}
export declare function emulatorFor(scope: TestScope, options?: EmulatorOptions): Promise<Emulator>;
export declare function environmentFor(scope: TestScope, emulator: Emulator): void;
export declare function session(options?: SessionOptions): Session;
export declare function signInAda(emulator: Emulator, tenant?: string): Promise<SignIn>;
export declare function startEmulator(options?: EmulatorOptions): Promise<Emulator>;
export interface Counters {
    readonly signIns: number;
    readonly refreshes: number;
    readonly selections: number;
    readonly graceUses: number;
    readonly reuses: number;
    readonly revocations: number;
    readonly logouts: number;
    readonly faults: number;
}
export interface EmulatorFault {
    readonly path: string;
    readonly method?: string | undefined;
    readonly times?: number | null | undefined;
    readonly skip?: number | undefined;
    readonly probability?: number | undefined;
    readonly seed?: number | undefined;
    readonly kind: "status" | "delay" | "reset" | "close" | "truncate" | "garbage" | "stall" | "slow" | "close_idle" | "close_on_next" | "goaway" | "goaway_graceful" | "refused_stream";
    readonly status?: number | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly body?: JsonValue | undefined;
    readonly delayMs?: number | undefined;
    readonly afterBytes?: number | undefined;
    readonly apply?: boolean | undefined;
}
export interface EmulatorMembership {
    readonly name?: string | undefined;
    readonly roles?: readonly string[] | undefined;
    readonly permissions?: readonly string[] | undefined;
    readonly customAttributes?: JsonObject | undefined;
}
export interface EmulatorOptions {
    readonly binary?: string | undefined;
    readonly projectId?: string | undefined;
    readonly seed?: {
        readonly users?: readonly EmulatorUser[] | undefined;
        readonly settings?: EmulatorSettings | undefined;
    } | undefined;
    readonly cases?: string | undefined;
    readonly tls?: boolean | undefined;
    readonly generateKeys?: boolean | undefined;
    readonly allowHosts?: readonly string[] | undefined;
    readonly args?: readonly string[] | undefined;
}
export interface EmulatorSettings {
    readonly tokenDelivery?: "body" | "cookies" | "refresh_cookie" | "session_cookie" | undefined;
    readonly sessionCookieName?: string | undefined;
    readonly refreshCookieName?: string | undefined;
    readonly cookieDomain?: string | undefined;
    readonly cookiePath?: string | undefined;
    readonly sessionCookieDomain?: string | undefined;
    readonly sessionCookiePath?: string | undefined;
    readonly cookieSameSite?: "Strict" | "Lax" | "None" | undefined;
    readonly sessionCookieSameSite?: "Strict" | "Lax" | "None" | null | undefined;
    readonly cookieMaxAgeSeconds?: number | null | undefined;
    readonly sessionCookieMaxAgeSeconds?: number | null | undefined;
    readonly sessionLifetimeSeconds?: number | undefined;
    readonly refreshLifetimeSeconds?: number | undefined;
    readonly inactivitySeconds?: number | null | undefined;
    readonly selectCountsAsActivity?: boolean | undefined;
    readonly stepUpLifetimeSeconds?: number | undefined;
    readonly refreshKeepsStepUp?: boolean | undefined;
    readonly selectKeepsStepUp?: boolean | undefined;
    readonly tenantSettings?: Readonly<Record<string, EmulatorTenantSettings>> | undefined;
    readonly refreshRotation?: boolean | undefined;
    readonly reuseDetection?: boolean | undefined;
    readonly rotationGraceSeconds?: number | undefined;
    readonly selectSupersedes?: boolean | undefined;
    readonly refreshReturnsToken?: boolean | undefined;
    readonly jwtTemplate?: "default" | "current_tenant" | "none" | undefined;
    readonly emptyClaimPolicy?: "delete" | "nil" | "none" | undefined;
    readonly excludePermissionClaim?: boolean | undefined;
    readonly overrideSubjectClaim?: string | null | undefined;
    readonly automaticDct?: boolean | undefined;
    readonly includeJti?: boolean | undefined;
    readonly issuer?: string | undefined;
    readonly enforceIssuer?: boolean | undefined;
    readonly audience?: string | readonly string[] | null | undefined;
    readonly customClaims?: JsonObject | undefined;
    readonly omitCustomClaimsFromDSR?: boolean | undefined;
    readonly signingAlgorithm?: `${"RS" | "PS" | "ES"}${256 | 384 | 512}` | "EdDSA" | undefined;
    readonly publishedAlgorithms?: readonly string[] | undefined;
    readonly keysCacheControl?: string | null | undefined;
    readonly responseClaims?: "empty" | "session" | undefined;
    readonly nextRefreshSeconds?: number | null | undefined;
    readonly emptyTenant?: "refuse" | "clear" | undefined;
    readonly tokenPrecedence?: "bearer" | "cookie" | undefined;
    readonly historyOrder?: "newest_first" | "oldest_first" | undefined;
    readonly authManagementKey?: string | null | undefined;
    readonly rateLimit?: {
        readonly limit: number;
        readonly windowSeconds: number;
        readonly retryAfter?: "seconds" | "date" | "none" | undefined;
        readonly pathPrefix?: string | undefined;
    } | null | undefined;
    readonly delayMs?: number | undefined;
    readonly delayJitterMs?: number | undefined;
    readonly errors?: Readonly<Record<string, {
        readonly status?: number | undefined;
        readonly errorCode?: string | undefined;
    }>> | undefined;
}
export interface EmulatorTenantSettings {
    readonly sessionLifetimeSeconds?: number | null | undefined;
    readonly refreshLifetimeSeconds?: number | null | undefined;
    readonly inactivitySeconds?: number | null | undefined;
    readonly stepUpLifetimeSeconds?: number | null | undefined;
    readonly enforceSSO?: boolean | undefined;
}
export interface EmulatorUser {
    readonly loginId: string;
    readonly userId?: string | undefined;
    readonly name?: string | undefined;
    readonly email?: string | undefined;
    readonly phone?: string | undefined;
    readonly tenants?: Readonly<Record<string, EmulatorMembership>> | undefined;
    readonly roles?: readonly string[] | undefined;
    readonly permissions?: readonly string[] | undefined;
    readonly customAttributes?: JsonObject | undefined;
}
export interface RefreshTokenEntry {
    readonly fingerprint: string;
    readonly signIn: number | null;
    readonly number: number | null;
    readonly status: "current" | "grace" | "superseded" | "logged_out" | "inactive" | "unknown";
    readonly revoked: boolean;
    readonly issued: {
        readonly tenant: string | null;
        readonly number: number | null;
        readonly fingerprint: string | null;
    } | null;
}
export interface SessionGrant {
    readonly roles?: readonly string[] | undefined;
    readonly permissions?: readonly string[] | undefined;
}
export interface SessionOptions {
    readonly userId?: string | undefined;
    readonly projectId?: string | undefined;
    readonly activeTenant?: string | undefined;
    readonly tenants?: Readonly<Record<string, SessionGrant>> | undefined;
    readonly roles?: readonly string[] | undefined;
    readonly permissions?: readonly string[] | undefined;
    readonly claims?: Readonly<Record<string, unknown>> | undefined;
    readonly issuedAt?: number | undefined;
    readonly expiresAt?: number | undefined;
}
export interface SignIn {
    readonly sessionJwt: string;
    readonly refreshJwt: string;
    readonly [field: string]: JsonValue;
}
export interface TestScope {
    after(hook: () => Promise<void>): unknown;
}
export interface TokenOrder {
    readonly tenant?: string | undefined;
    readonly profile?: "session" | "refresh" | "empty" | undefined;
    readonly claims?: JsonObject | undefined;
    readonly header?: JsonObject | undefined;
    readonly alg?: string | undefined;
    readonly key?: string | undefined;
    readonly kid?: string | undefined;
    readonly issuedSecondsAgo?: number | undefined;
    readonly lifetimeSeconds?: number | undefined;
    readonly sign?: "own" | "other_key" | "none" | "hmac_public_key" | "hmac_jwk" | "random" | "zeros" | "asn1" | undefined;
    readonly tamper?: JsonObject | undefined;
    readonly mutate?: string | readonly string[] | undefined;
    readonly size?: number | undefined;
    readonly nesting?: number | undefined;
    readonly embedJwk?: boolean | undefined;
    readonly rawClaims?: Readonly<Record<string, string>> | undefined;
    readonly rawHeader?: Readonly<Record<string, string>> | undefined;
    readonly duplicateClaims?: JsonObject | undefined;
    readonly duplicateHeader?: JsonObject | undefined;
    readonly claimsText?: string | undefined;
    readonly headerText?: string | undefined;
    readonly text?: string | undefined;
}
export interface WaitOptions {
    readonly path?: string | undefined;
    readonly count?: number | undefined;
    readonly after?: number | undefined;
    readonly timeoutMs?: number | undefined;
}
export type AllEmulatorSettings = {
    readonly [Name in keyof EmulatorSettings]-?: Exclude<EmulatorSettings[Name], undefined>;
};
export type JournalEntry = {
    readonly event: "request";
    readonly sequence: number;
    readonly time: string;
    readonly connection: number;
    readonly protocol: string;
    readonly method: string;
    readonly path: string;
    readonly query: JsonObject;
    readonly headers: JsonObject;
    readonly authorization: {
        readonly parts: number;
        readonly fingerprint: string;
    } | null;
    readonly bodyKeys: readonly string[] | null;
    readonly refreshToken: RefreshTokenEntry | null;
    readonly status: number | null;
    readonly fault: string | null;
} | {
    readonly event: "disconnect";
    readonly sequence: number;
    readonly time: string;
    readonly connection: number;
    readonly duringRequest: boolean;
};
interface CallOptions {
    readonly signal?: AbortSignal | undefined;
    readonly timeoutMs?: number | undefined;
    readonly retries?: number | undefined;
    readonly retryUnknown?: boolean | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
}
interface ClientOptions {
    readonly projectId?: string | undefined;
    readonly baseUrl?: string | undefined;
    readonly authManagementKey?: string | undefined;
    readonly publicKey?: string | undefined;
    readonly timeoutMs?: number | undefined;
    readonly connectTimeoutMs?: number | undefined;
    readonly retries?: number | undefined;
    readonly retryUnknown?: boolean | undefined;
    readonly rotation?: boolean | undefined;
    readonly rotationGraceSeconds?: number | undefined;
    readonly sharedState?: string | undefined;
    readonly sharedStateKey?: string | undefined;
    readonly leewaySeconds?: number | undefined;
    readonly audience?: string | undefined;
    readonly verify?: boolean | undefined;
    readonly maxTokenBytes?: number | undefined;
    readonly sessionCache?: number | undefined;
    readonly sessionCookieName?: string | undefined;
    readonly refreshCookieName?: string | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly proxy?: string | undefined;
    readonly caFile?: string | undefined;
    readonly allowHttp?: boolean | undefined;
    readonly sdkName?: string | undefined;
    readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}
interface CookieAttributes {
    readonly sameSite?: "Strict" | "Lax" | "None" | undefined;
    readonly partitioned?: boolean | undefined;
    readonly domain?: string | undefined;
    readonly path?: string | undefined;
    readonly omit?: boolean | undefined;
}
interface CookieOptions {
    readonly secure?: boolean | undefined;
    readonly httpOnly?: boolean | undefined;
    readonly sameSite?: "Strict" | "Lax" | "None" | undefined;
    readonly domain?: string | undefined;
    readonly path?: string | undefined;
    readonly partitioned?: boolean | undefined;
    readonly session?: CookieAttributes | undefined;
    readonly refresh?: CookieAttributes | undefined;
    readonly clearScopes?: readonly CookieScope[] | undefined;
}
interface CookieScope {
    readonly domain?: string | undefined;
    readonly path?: string | undefined;
}
interface Diagnostics {
    readonly supersededTokens: number;
    readonly evictedTokens: number;
    readonly cachedSessions: number;
    readonly sessionCacheHits: number;
    readonly sessionCacheMisses: number;
    readonly sharedStateFailures: number;
    readonly unorderedExchanges: number;
}
interface ErrorDetails {
    readonly operation?: string | undefined;
    readonly outcome?: Outcome | undefined;
    readonly retryable?: boolean | undefined;
    readonly attempts?: number | undefined;
    readonly status?: number | undefined;
    readonly errorCode?: string | undefined;
    readonly errorDescription?: string | undefined;
    readonly errorMessage?: string | undefined;
    readonly retryAfter?: number | undefined;
    readonly requestId?: string | undefined;
    readonly argument?: string | undefined;
    readonly path?: string | undefined;
    readonly cause?: unknown;
}
interface ErrorDetails {
    readonly response?: JWTResponse | undefined;
}
interface JsonObject {
    readonly [key: string]: JsonValue;
}
interface MyTenantsOptions extends CallOptions {
    readonly ids?: readonly string[] | undefined;
    readonly activeOnly?: boolean | undefined;
}
interface RefreshOptions extends CallOptions {
    readonly externalToken?: string | undefined;
    readonly expectTenant?: string | undefined;
    readonly followSwitch?: boolean | undefined;
}
interface ResponseMetadata {
    readonly status: number;
    readonly requestId: string | undefined;
    readonly cfRay: string | undefined;
    readonly attempts: number;
    readonly clockSkew: number | undefined;
}
interface TenantSelectError {
    readonly response?: JWTResponse;
}
interface ValidateAndRefreshOptions extends ValidateOptions {
    readonly keepTenant?: boolean | undefined;
    readonly refreshBeforeMs?: number | undefined;
}
interface ValidateOptions extends CallOptions {
    readonly audience?: string | undefined;
}
interface ValidationResult {
    readonly session: Session;
    readonly response: JWTResponse | undefined;
    readonly refreshError: TenantSelectError | undefined;
}
type ErrorCode = "INVALID_INPUT" | "CLIENT_CLOSED" | "CONNECTION" | "TIMEOUT" | "INVALID_RESPONSE" | "AUTHENTICATION" | "PERMISSION_DENIED" | "NOT_FOUND" | "RATE_LIMITED" | "SERVER" | "API" | "INVALID_TOKEN" | "TOKEN_EXPIRED" | "KEYS_UNAVAILABLE" | "TENANT_MISMATCH" | "USER_MISMATCH" | "NOT_VERIFIED" | "COOKIE_TOO_LARGE" | "INTERNAL";
type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
type Outcome = "not_sent" | "not_processed" | "rejected" | "unknown" | "applied";
export {};
