import { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
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
declare class AuthenticationResult {
    #private;
    private constructor();
    get session(): Session | undefined;
    get grant(): TenantGrant | undefined;
    get refusal(): Refusal | undefined;
    get headers(): readonly ResponseHeader[];
    get cookieHeader(): string | undefined;
    get response(): JWTResponse | undefined;
    get error(): TenantSelectError | undefined;
    applyHeaders(response: HeaderStore): void;
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
declare class Refusal {
    readonly status: number;
    readonly code: RefusalCode;
    readonly detail: string;
    readonly headers: readonly (readonly [
        name: string,
        value: string
    ])[];
    readonly body: string;
    private constructor();
    get problem(): ProblemDocument | undefined;
}
declare class RequestAuthenticator {
    #private;
    constructor(client: Client, options?: RequestAuthenticatorOptions);
    authenticate(request: IncomingRequest, requirement?: Requirement): Promise<AuthenticationResult>;
    switch(request: IncomingRequest, tenant: string): Promise<AuthenticationResult>;
    signOut(request: IncomingRequest): Promise<AuthenticationResult>;
    get client(): Client;
}
declare class RequestContext {
    #private;
    constructor(authenticator: RequestAuthenticator, request: () => AdapterRequest, showCookies: (cookies: string) => void, options?: AdapterOptions);
    get session(): Session | undefined;
    get grant(): TenantGrant | undefined;
    get decided(): boolean;
    authenticate(requirement?: Requirement): Promise<AuthenticationResult>;
    switch(tenant: string): Promise<AuthenticationResult>;
    signOut(): Promise<AuthenticationResult>;
    applyHeaders(response: HeaderStore): void;
}
declare class RequestTokens extends Model {
    readonly sessionJwt?: string;
    readonly refreshJwt?: string;
}
declare class ResponseHeader {
    readonly name: string;
    readonly value: string;
    readonly rule: HeaderRule;
    private constructor();
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
export declare function contextOf({ raw }: Pick<FastifyRequestLike, "raw">): RequestContext;
export declare function refusalHandler(error: unknown, _request: unknown, reply: FastifyReplyLike): unknown;
export declare function requireSession(requirement?: Requirement): Hook;
export declare function requireTenant({ param, ...requirement }: TenantRequirement): Hook;
export declare function signOut(): Hook;
export declare function switchTenant({ param }: Pick<TenantRequirement, "param">): Hook;
export declare function tenantSelect(app: FastifyLike, { authenticator, ...options }: PluginOptions, done: () => void): void;
export declare function upgradeListener(authenticator: RequestAuthenticator, accept: Accept, { requirement, onError }?: UpgradeOptions): UpgradeListener;
export interface PluginOptions extends AdapterOptions {
    readonly authenticator: RequestAuthenticator;
}
export interface TenantRequirement extends Omit<Requirement, "tenant"> {
    readonly param: string;
}
export interface UpgradeOptions {
    readonly requirement?: Requirement | ((request: IncomingMessage) => Requirement) | undefined;
    readonly onError?: ((error: unknown) => void) | undefined;
}
interface AdapterOptions {
    readonly onRefusal?: ((request: RefusedRequest, refusal: Refusal) => string | undefined) | undefined;
}
interface AdapterRequest extends IncomingRequest {
    readonly headers: Iterable<readonly [
        name: string,
        value: string
    ]>;
}
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
interface FastifyLike {
    addHook(name: "onRequest", hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void): unknown;
}
interface FastifyReplyLike {
    readonly raw: ServerResponse;
    code(status: number): unknown;
    headers(headers: Record<string, string>): unknown;
    send(body: Buffer): unknown;
}
interface FastifyRequestLike {
    readonly raw: IncomingMessage;
    readonly params: unknown;
}
interface HeaderStore {
    get(name: string): string | null | undefined;
    set(name: string, value: string): void;
    append(name: string, value: string): void;
}
interface IncomingRequest {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly headers: RequestHeaders;
    readonly websocket?: boolean | undefined;
}
interface JsonObject {
    readonly [key: string]: JsonValue;
}
interface MyTenantsOptions extends CallOptions {
    readonly ids?: readonly string[] | undefined;
    readonly activeOnly?: boolean | undefined;
}
interface ProblemDocument {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    readonly code: RefusalCode;
    readonly activeTenant?: string;
}
interface RefreshOptions extends CallOptions {
    readonly externalToken?: string | undefined;
    readonly expectTenant?: string | undefined;
    readonly followSwitch?: boolean | undefined;
}
interface RefusedRequest {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly header: (name: string) => string | undefined;
}
interface RequestAuthenticatorOptions {
    readonly onMismatch?: "refuse" | "switch" | undefined;
    readonly notMemberStatus?: 404 | 403 | undefined;
    readonly trustedOrigins?: readonly string[] | undefined;
    readonly publicOrigin?: string | undefined;
    readonly refresh?: boolean | undefined;
    readonly refreshBeforeMs?: number | undefined;
    readonly cookies?: CookieOptions | undefined;
}
interface Requirement {
    readonly tenant?: string | undefined;
    readonly roles?: readonly string[] | undefined;
    readonly permissions?: readonly string[] | undefined;
    readonly anyRole?: readonly string[] | undefined;
    readonly anyPermission?: readonly string[] | undefined;
    readonly required?: boolean | undefined;
    readonly stepUp?: boolean | undefined;
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
type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext) => void;
type ErrorCode = "INVALID_INPUT" | "CLIENT_CLOSED" | "CONNECTION" | "TIMEOUT" | "INVALID_RESPONSE" | "AUTHENTICATION" | "PERMISSION_DENIED" | "NOT_FOUND" | "RATE_LIMITED" | "SERVER" | "API" | "INVALID_TOKEN" | "TOKEN_EXPIRED" | "KEYS_UNAVAILABLE" | "TENANT_MISMATCH" | "USER_MISMATCH" | "NOT_VERIFIED" | "COOKIE_TOO_LARGE" | "INTERNAL";
type HeaderRule = "append" | "replace" | "if_absent";
type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>;
type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
type Outcome = "not_sent" | "not_processed" | "rejected" | "unknown" | "applied";
type RefusalCode = "SIGNED_OUT" | "SESSION_EXPIRED" | "AMBIGUOUS_COOKIE" | "STEP_UP_REQUIRED" | "CROSS_SITE" | "FORBIDDEN" | "NOT_A_MEMBER" | "TENANT_NOT_ACTIVE" | "TENANT_SWITCHED" | "UNAVAILABLE" | "SWITCH_UNKNOWN";
type RequestHeaders = Iterable<readonly [
    name: string,
    value: string
]> | {
    readonly [name: string]: string | readonly string[] | undefined;
};
type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
export {};
