// Nest: sign in, switch the tenant, and guard an endpoint by tenant and permission. Compile and run it as any Nest app.

import * as nest from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Request } from 'express'
import { Client, type JWTResponse, type Session, type TenantSelectError } from 'tenant-select'

const HTTP = { AUTHENTICATION: 401, INVALID_TOKEN: 401, PERMISSION_DENIED: 403, INVALID_INPUT: 400, RATE_LIMITED: 429 }
type Incoming = Request<{ tenant: string }> & { session?: Session }
const client = new Client() // DESCOPE_PROJECT_ID

/** Hands the tokens of an exchange to the browser. */
const sendCookies = ({ res }: Incoming, exchanged: JWTResponse) =>
  res?.set('Cache-Control', 'no-store').append('Set-Cookie', exchanged.setCookieHeaders())

/** Tells the page what failed, by an error that Nest knows. */
const failed = ({ code, outcome }: TenantSelectError): never => {
  throw new nest.HttpException({ code, outcome }, HTTP[code as keyof typeof HTTP] ?? 502)
}

/** Lets through who is signed in, acts in the tenant of the path and has the permission there. */
const allowed = (permission: string): nest.CanActivate => ({
  async canActivate(context) {
    const request = context.switchToHttp().getRequest<Incoming>()
    const { sessionJwt, refreshJwt } = client.tokensFromRequest(request.headers.cookie)
    if (refreshJwt === undefined) throw new nest.UnauthorizedException()
    const { session, response } = await client.validateAndRefresh(sessionJwt, refreshJwt).catch(failed)
    if (response) sendCookies(request, response)
    request.session = session
    return session.activeTenant?.tenantId === request.params.tenant && session.activeTenant.hasPermissions([permission])
  },
})

@nest.Controller()
class Tenants {
  @nest.Post('login') // The page's sign-in flow ends here with the refresh token that it got.
  async login(@nest.Req() request: Incoming) {
    const exchanged = await client.refreshSession(request.body?.refreshJwt).catch(failed)
    sendCookies(request, exchanged)
    return { user: exchanged.session?.userId }
  }
  @nest.Post('tenants/:tenant/select')
  async select(@nest.Req() request: Incoming) {
    const { refreshJwt } = client.tokensFromRequest(request.headers.cookie)
    if (refreshJwt === undefined) throw new nest.UnauthorizedException()
    const switched = await client.selectTenant(request.params.tenant, refreshJwt).catch(failed)
    sendCookies(request, switched)
    return { tenant: switched.session?.activeTenant?.tenantId }
  }
  @nest.Get('tenants/:tenant/documents')
  @nest.UseGuards(allowed('documents.read'))
  documents(@nest.Req() request: Incoming) {
    return { readBy: request.session?.userId }
  }
}

const app = await NestFactory.create({ module: class {}, controllers: [Tenants] }, { logger: ['error'] })
export const server = await app.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
