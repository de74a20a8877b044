// Mistakes that the types must catch: each expected error is one, or the compiler says that it is none.

import {
  Client,
  InvalidInputError,
  JWTResponse,
  NotFoundError,
  RequestTokens,
  Session,
  TenantGrant,
  TenantSelectError,
  type User,
} from 'tenant-select'
import { Emulator } from 'tenant-select/testing'

export async function mistakes(client: Client, response: JWTResponse, user: User, session: Session): Promise<void> {
  // @ts-expect-error an option without its unit
  new Client({ timeout: 5_000 })
  // @ts-expect-error an option of another type
  new Client({ retries: '2' })
  // @ts-expect-error a text for a boolean
  new Client({ retryUnknown: 'sometimes' })
  // @ts-expect-error a missing token
  await client.selectTenant('acme')
  // @ts-expect-error an object for a token
  await client.me({ refreshJwt: 'x' })
  // @ts-expect-error an option that only a refresh has
  await client.me('token', { expectTenant: 'acme' })
  // @ts-expect-error an option that only validateAndRefresh has
  await client.validateSession('token', { keepTenant: true })
  // @ts-expect-error an option that does not exist
  await client.history('token', { timeout: 5 })
  // @ts-expect-error a signal that is none
  await client.history('token', { signal: new AbortController() })
  // @ts-expect-error one name instead of a list
  session.hasRoles('admin')
  // @ts-expect-error the session may be missing where it is read so
  response.sessionOrUndefined.userId
  // @ts-expect-error the tenant may be missing
  session.activeTenant.tenantId
  // @ts-expect-error no such tenant may be there
  session.tenants.acme.roles
  // @ts-expect-error results are read-only
  response.sessionJwt = 'x'
  // @ts-expect-error lists in results are read-only
  user.loginIds?.push('x')
  // @ts-expect-error custom attributes are read-only
  if (user.customAttributes) user.customAttributes.a = 1
  // @ts-expect-error a token may be missing
  response.refreshJwt.length
  // @ts-expect-error the wire's spelling
  user.saml
  // @ts-expect-error a misspelt field is no unknown field
  response.sesionJwt
  // @ts-expect-error a cookie attribute that does not exist
  response.setCookieHeaders({ sameSite: 'Sometimes' })
  // @ts-expect-error a promise is no response
  client.selectTenant('acme', 'token').session
  // @ts-expect-error one history entry is no list
  const { loginTime } = await client.history('token')
  console.log(loginTime)
}

export function madeByHand(): void {
  // @ts-expect-error a session comes of a verified token alone
  new Session()
  // @ts-expect-error a grant comes of a session
  new TenantGrant()
  // @ts-expect-error a response comes of a call
  new JWTResponse()
  // @ts-expect-error tokens come of a request
  new RequestTokens()
  // @ts-expect-error `startEmulator` starts one
  new Emulator()
}

export function notAnError(error: TenantSelectError): void {
  // @ts-expect-error a code that does not exist
  if (error.code === 'TIMED_OUT') return
  // @ts-expect-error an outcome that does not exist
  new NotFoundError('x', { outcome: 'perhaps' })
  // @ts-expect-error the root has no code of its own
  new TenantSelectError('x')
  // @ts-expect-error which argument was refused
  new InvalidInputError('x')
  // @ts-expect-error errors are read-only
  error.retryable = true
}

export async function wrongRequests(emulator: Emulator): Promise<void> {
  // @ts-expect-error a fault of no kind
  await emulator.addFault({ path: '/v1/auth/me' })
  // @ts-expect-error a kind of fault that does not exist
  await emulator.addFault({ path: '/v1/auth/me', kind: 'boredom' })
  // @ts-expect-error a setting that does not exist
  await emulator.settings({ rotation: true })
  // @ts-expect-error an event that does not exist
  await emulator.waitFor('retry')
  // @ts-expect-error a member that no token order has
  await emulator.token({ tenantId: 'acme' })
}
