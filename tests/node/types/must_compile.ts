// Programs that a user may write: every line must compile under strict.

import { after, type TestContext } from 'node:test'
import {
  type AnyTenantSelectError,
  APIStatusError,
  APITimeoutError,
  type CallOptions,
  type Client,
  type ClientOptions,
  type Diagnostics,
  type ErrorCode,
  type HistoryEntry,
  isTenantSelectError,
  type JsonObject,
  type JsonValue,
  type JWTResponse,
  NotFoundError,
  type Outcome,
  RateLimitError,
  type Session,
  type Tenant,
  type TenantGrant,
  TenantSelectError,
  type TenantSwitchMessage,
  type User,
  type ValidateAndRefreshOptions,
  type ValidationResult,
} from 'tenant-select'
import {
  type Emulator,
  type EmulatorUser,
  emulatorFor,
  environmentFor,
  type SignIn,
  session,
  signInAda,
  startEmulator,
  type TestScope,
} from 'tenant-select/testing'

/** Holds at compile time that two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <T extends true>(): T | undefined => undefined

export async function operations(client: Client, signal: AbortSignal): Promise<void> {
  const options: CallOptions = { signal, timeoutMs: 2_000, retries: 0, retryUnknown: true, headers: { 'x-a': 'b' } }
  const selected: JWTResponse = await client.selectTenant('acme', 'token', options)
  const refreshed: JWTResponse = await client.refreshSession('token', {
    expectTenant: 'acme',
    externalToken: 'x',
    followSwitch: true,
    signal,
  })
  const user: User = await client.me('token')
  const tenants: Tenant[] = await client.myTenants('token', { ids: ['a'] as const })
  const history: HistoryEntry[] = await client.history('token', undefined)
  const session: Session = await client.validateSession('token', { audience: 'api' })
  const validated: ValidationResult = await client.validateAndRefresh(null, 'token')
  const early: ValidateAndRefreshOptions = { keepTenant: false, refreshBeforeMs: 60_000, audience: 'api', signal }
  const { refreshError } = await client.validateAndRefresh('token', 'token', early)
  const { supersededTokens, evictedTokens }: Diagnostics = client.diagnostics()
  const { sessionJwt, refreshJwt } = client.tokensFromRequest(null, undefined)
  await client.logout('token')
  await client.logoutAll('token')
  client.close()

  const cookies: string[] = selected.setCookieHeaders({ sameSite: 'Lax', secure: false })
  const grant: TenantGrant | undefined = selected.session.activeTenant
  const roles: readonly string[] | undefined = session.tenants.acme?.roles
  const allowed: boolean = session.hasRoles(['a']) && (grant?.hasPermissions(['b'] as const) ?? false)
  const seconds: number | undefined = refreshed.cookieExpiration
  const attributes: JsonObject | undefined = user.customAttributes
  const extra: JsonValue | undefined = tenants[0]?.extra.x
  const provider: boolean | undefined = user.OAuth?.google
  console.log(
    cookies,
    roles,
    allowed,
    seconds,
    attributes,
    extra,
    provider,
    history,
    validated.response?.http.requestId,
  )
  console.log(sessionJwt, refreshJwt, supersededTokens + evictedTokens)
  is<Same<typeof refreshError, TenantSelectError | undefined>>()

  is<Same<typeof selected.session, Session>>()
  is<Same<typeof selected.sessionOrUndefined, Session | undefined>>()
  is<Same<Session['expiresAtDate'], Date>>()
  is<Same<HistoryEntry['loginTimeDate'], Date | undefined>>()
  is<Same<typeof sessionJwt, string | undefined>>()
  is<Same<Session['issuedAt'], number | undefined>>()
  is<Same<Awaited<ReturnType<Client['history']>>, HistoryEntry[]>>()
}

export function failures(error: unknown): string {
  if (error instanceof APITimeoutError) {
    is<Same<typeof error.code, 'TIMEOUT'>>()
    return error.code
  }
  if (error instanceof RateLimitError) return `${error.retryAfter ?? 0} ${error.status ?? 0}`
  if (error instanceof APIStatusError) return error.errorCode ?? ''
  if (error instanceof TenantSelectError) {
    const outcome: Outcome = error.outcome
    const code: ErrorCode = error.code
    return `${outcome} ${code}`
  }
  if (!isTenantSelectError(error)) return ''
  const known: AnyTenantSelectError = error
  switch (known.code) {
    case 'INVALID_INPUT':
      return known.argument
    case 'TENANT_MISMATCH':
      return known.response?.sessionJwt ?? ''
    default:
      return known.message
  }
}

export function switches({ time, fromTenant, toTenant, code, durationMs }: TenantSwitchMessage): string {
  is<Same<typeof code, ErrorCode | undefined>>()
  return `${time.toISOString()} ${fromTenant ?? 'none'} ${toTenant ?? 'none'} ${durationMs.toFixed()}`
}

export const everyOption: Required<ClientOptions> = {
  projectId: 'P1',
  baseUrl: 'https://api.descope.com',
  authManagementKey: 'K',
  publicKey: '{}',
  timeoutMs: 1,
  connectTimeoutMs: 1,
  retries: 0,
  retryUnknown: true,
  rotation: true,
  rotationGraceSeconds: 10,
  sharedState: 'rediss://redis.example',
  sharedStateKey: 'a secret of the service',
  leewaySeconds: 5,
  audience: 'api',
  verify: true,
  maxTokenBytes: 16_384,
  sessionCache: 1_000,
  sessionCookieName: 'DS',
  refreshCookieName: 'DSR',
  headers: { 'x-team': 'a' },
  proxy: 'http://proxy.example',
  caFile: '/ca.pem',
  allowHttp: false,
  environment: process.env,
  sdkName: 'mine',
}

export const fake: NotFoundError = new NotFoundError('none', { status: 404, outcome: 'rejected' })

export async function testing(scope: TestScope): Promise<void> {
  const made: Session = session({ tenants: { acme: { roles: ['editor'] as const } }, claims: { su: true } })
  is<Same<(typeof made.tenants)['acme'], TenantGrant | undefined>>()
  const user: EmulatorUser = { loginId: 'ada@example.com', tenants: { acme: { roles: ['editor'] } } }
  await using emulator: Emulator = await startEmulator({ seed: { users: [user], settings: { includeJti: true } } })
  const other = await emulatorFor(scope, { tls: true, cases: 'cases', projectId: process.env.PROJECT })
  await other.addUser({ loginId: 'ada@example.com', name: process.env.NAME })
  environmentFor(scope, other)
  const { refreshJwt } = await emulator.signIn(user.loginId, 'acme')
  const forged: string = await emulator.token({ tenant: 'acme', sign: 'other_key', claims: { sub: null } })
  const { sessionLifetimeSeconds } = await emulator.settings({ rateLimit: null, signingAlgorithm: 'ES256' })
  is<Same<typeof sessionLifetimeSeconds, number>>()
  const { sessionJwt }: SignIn = await signInAda(other)
  for (const entry of await other.waitFor('response', { count: 2 })) {
    if (entry.event === 'request') console.log(entry.path, refreshJwt.length, forged, sessionJwt)
    else console.log(entry.duringRequest)
  }
}

/** What `node:test` gives to a test, and what it exports. */
export const scopes: readonly TestScope[] = [{ after }, {} as TestContext]
