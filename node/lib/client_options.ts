/**
 * The options of a client, and their names and units in the core. Generated from the core's table of options by `generate.mjs`:
 * do not edit.
 *
 * @module
 */

/**
 * The options of a {@link Client}. Those with a default or an environment variable may be left out; an option given here
 * takes precedence over the variable.
 *
 * @example
 * ```ts
 * const patient = new Client({ timeoutMs: 30_000, retries: 5, headers: { 'x-team': 'billing' } })
 * ```
 */
export interface ClientOptions {
  /** The project, such as `P2abcdefghijklmnopqrstuvwxyz`. Required. Variable: `DESCOPE_PROJECT_ID`. */
  readonly projectId?: string | undefined
  /**
   * Where the API is; a path prefix is kept. Default: the region that the project id names, else
   * `https://api.descope.com`. Variables: `DESCOPE_BASE_URI` or `DESCOPE_BASE_URL`.
   */
  readonly baseUrl?: string | undefined
  /**
   * The key that a project without public access to its authentication methods requires, appended to every bearer.
   * Default: none. Variable: `DESCOPE_AUTH_MANAGEMENT_KEY`.
   */
  readonly authManagementKey?: string | undefined
  /**
   * A JWK or a JWK set, as JSON, to verify with instead of fetching keys: works offline. Default: keys are fetched.
   * Variable: `DESCOPE_PUBLIC_KEY`.
   */
  readonly publicKey?: string | undefined
  /**
   * One deadline over everything a call does: DNS, connect, TLS, all attempts and bodies. In milliseconds: above 0,
   * 3,600,000 at most; default 10,000. A call can have its own. Variable: `TENANT_SELECT_TIMEOUT` (seconds).
   */
  readonly timeoutMs?: number | undefined
  /**
   * How long one attempt may take to connect, TLS included. In milliseconds: above 0, 3,600,000 at most; default 3,000.
   * Variable: `TENANT_SELECT_CONNECT_TIMEOUT` (seconds).
   */
  readonly connectTimeoutMs?: number | undefined
  /**
   * How often a call may be sent again after its first attempt. 0 to 10; default 2. A call can have its own. Variable:
   * `TENANT_SELECT_RETRIES`.
   */
  readonly retries?: number | undefined
  /**
   * Whether an exchange whose outcome is unknown may be sent again: for projects that do not rotate refresh tokens.
   * Default false. A call can have its own. Variable: `TENANT_SELECT_RETRY_UNKNOWN`.
   */
  readonly retryUnknown?: boolean | undefined
  /**
   * Whether the project may rotate refresh tokens. With false, no successor of a refresh token is remembered, and calls
   * present the tokens that they are given. Default true. Variable: `TENANT_SELECT_ROTATION`.
   */
  readonly rotation?: boolean | undefined
  /**
   * How long a call that presents a refresh token which was just replaced gets the response or the token that replaced
   * it. 0 switches this off; exchanges of one token still run in order. In whole seconds: 0 to 60; default 10.
   * Variable: `TENANT_SELECT_ROTATION_GRACE`.
   */
  readonly rotationGraceSeconds?: number | undefined
  /**
   * A Redis through which the processes and hosts of a service share the order of exchanges and what replaced a refresh
   * token: `redis://` or, with TLS, `rediss://`. No token can be read there. When it is out of reach, calls go on
   * without it. Default: none, and each process knows of its own exchanges alone. Variable:
   * `TENANT_SELECT_SHARED_STATE`.
   */
  readonly sharedState?: string | undefined
  /**
   * A secret of the service, 16 characters or more, that goes into the keys of `sharedState`. All processes need the
   * same one. Default: none. Variable: `TENANT_SELECT_SHARED_STATE_KEY`.
   */
  readonly sharedStateKey?: string | undefined
  /**
   * How far clocks may disagree when `exp` and `nbf` are checked. In whole seconds: 0 to 300; default 5. Variable:
   * `TENANT_SELECT_LEEWAY`.
   */
  readonly leewaySeconds?: number | undefined
  /**
   * The audience that `validateSession` requires when the call names none. Default: none, and `aud` is absent or
   * contains the project. Variable: `TENANT_SELECT_AUDIENCE`.
   */
  readonly audience?: string | undefined
  /**
   * Whether the tokens that an exchange returns are verified, and are for the user and the tenant of the call. Default
   * true. Variable: `TENANT_SELECT_VERIFY`.
   */
  readonly verify?: boolean | undefined
  /**
   * The longest session token that `validateSession` looks at, in bytes. Raise it for users with hundreds of tenants.
   * 1,024 to 65,536; default 16,384. Variable: `TENANT_SELECT_MAX_TOKEN_BYTES`.
   */
  readonly maxTokenBytes?: number | undefined
  /**
   * How many verified session tokens are kept at most, so that `validateSession` does not check their signatures again.
   * Expiry, audience and keys are checked each time. A token takes about ten times its length in memory; 0 keeps none.
   * 0 to 100,000; default 0. Variable: `TENANT_SELECT_SESSION_CACHE`.
   */
  readonly sessionCache?: number | undefined
  /** The project's name for the session cookie. Default: `DS`. Variable: `TENANT_SELECT_SESSION_COOKIE_NAME`. */
  readonly sessionCookieName?: string | undefined
  /**
   * The project's name for the refresh cookie, another than that of the session cookie. Default: `DSR`. Variable:
   * `TENANT_SELECT_REFRESH_COOKIE_NAME`.
   */
  readonly refreshCookieName?: string | undefined
  /**
   * Headers to send with every request; the client's own, such as `Authorization`, `Host` and `Cookie`, are refused.
   * Default: none. Variable: `TENANT_SELECT_HEADERS` (a JSON object).
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * A proxy for every request: `http://`, `https://`, `socks5h://`, `socks5://`, `socks4a://` or `socks4://`. Default:
   * the usual variables (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), which never apply to loopback.
   * Variable: `TENANT_SELECT_PROXY`.
   */
  readonly proxy?: string | undefined
  /**
   * A PEM file of certificates to trust besides the platform's, read and checked when the client is made.
   * `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the platform's certificates, as in OpenSSL; on Windows and macOS they
   * add to them. Default: `REQUESTS_CA_BUNDLE` (a file or a directory) and `NODE_EXTRA_CA_CERTS`, where they are set.
   * Variable: `TENANT_SELECT_CA_FILE`.
   */
  readonly caFile?: string | undefined
  /**
   * Whether `http://` to a host that is not loopback (`localhost`, `127.0.0.0/8`, `[::1]`, no name below `localhost`)
   * is allowed. Tokens are then sent unencrypted. Default false. Has no variable.
   */
  readonly allowHttp?: boolean | undefined
  /**
   * What the client calls itself in `x-descope-sdk-name`. Default: `tenant-select-` with the name of the language.
   * Variable: `TENANT_SELECT_SDK_NAME`.
   */
  readonly sdkName?: string | undefined
  /**
   * Where the variables are read, once and when the client is made. Default `process.env`; `{}` reads none. Nothing else of
   * the process's environment is read.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** TypeScript name to the core's, with the factor between the units where they differ. */
export const CLIENT_OPTIONS: {
  readonly [Name in keyof Required<Omit<ClientOptions, 'environment'>>]: readonly [core: string, factor?: number]
} = {
  projectId: ['project_id'],
  baseUrl: ['base_url'],
  authManagementKey: ['auth_management_key'],
  publicKey: ['public_key'],
  timeoutMs: ['timeout', 1 / 1000],
  connectTimeoutMs: ['connect_timeout', 1 / 1000],
  retries: ['retries'],
  retryUnknown: ['retry_unknown'],
  rotation: ['rotation'],
  rotationGraceSeconds: ['rotation_grace'],
  sharedState: ['shared_state'],
  sharedStateKey: ['shared_state_key'],
  leewaySeconds: ['leeway'],
  audience: ['audience'],
  verify: ['verify'],
  maxTokenBytes: ['max_token_bytes'],
  sessionCache: ['session_cache'],
  sessionCookieName: ['session_cookie_name'],
  refreshCookieName: ['refresh_cookie_name'],
  headers: ['headers'],
  proxy: ['proxy'],
  caFile: ['ca_file'],
  allowHttp: ['allow_http'],
  sdkName: ['sdk_name'],
}
