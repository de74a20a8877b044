// Nest: sign in, switch the tenant, and protect an endpoint by tenant and permission.
//
//   npm install tenant-select @nestjs/common @nestjs/core @nestjs/platform-express reflect-metadata rxjs
//   npm install --save-dev typescript @types/node @types/express
//   npx tsc --target es2022 --module nodenext --experimentalDecorators --skipLibCheck nest.ts
//   PORT=3000 node nest.js
//   INSECURE_COOKIES=1 PORT=3000 node nest.js  # DEVELOPMENT ONLY, over plain http

import * as nest from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Request } from 'express'
import { Client, type JWTResponse, type Session, type TenantSelectError } from 'tenant-select'

const HTTP = { AUTHENTICATION: 401, INVALID_TOKEN: 401, PERMISSION_DENIED: 403, INVALID_INPUT: 400, RATE_LIMITED: 429 }
type Incoming = Request<{ tenant: string }> & { session?: Session }
const client = new Client() // DESCOPE_PROJECT_ID
const secure = process.env.INSECURE_COOKIES !== '1' // browsers keep Secure cookies to https

/** Hands the tokens of an exchange to the browser. */
const sendCookies = ({ res }: Incoming, exchanged: JWTResponse) =>
  res?.set('Cache-Control', 'no-store').append('Set-Cookie', exchanged.setCookieHeaders({ secure }))

/** Tells the page what failed. A refresh token that is missing, broken or refused means: sign in again. */
const failed = ({ code, outcome, argument }: TenantSelectError): never => {
  const status = argument === 'refreshJwt' ? 401 : (HTTP[code as keyof typeof HTTP] ?? 502)
  throw new nest.HttpException({ code, outcome }, status)
}

/** Lets through who is signed in, acts in the tenant of the path and has the permission there. */
const allowed = (permission: string): nest.CanActivate => ({
  async canActivate(context) {
    const request = context.switchToHttp().getRequest<Incoming>()
    const { cookie, authorization } = request.headers
    const { sessionJwt, refreshJwt } = client.tokensFromRequest(cookie, authorization)
    const { session, response } = await client.validateAndRefresh(sessionJwt, refreshJwt ?? '').catch(failed)
    if (response) sendCookies(request, response)
    request.session = session
    return session.activeTenant?.tenantId === request.params.tenant && session.activeTenant.hasPermissions([permission])
  },
})

@nest.Controller()
class Tenants {
  @nest.Post('login') // The page's sign-in flow ends here with the refresh token that it got.
  async login(@nest.Req() request: Incoming) {
    if (typeof request.body?.refreshJwt !== 'string') throw new nest.BadRequestException()
    const exchanged = await client.refreshSession(request.body.refreshJwt).catch(failed)
    sendCookies(request, exchanged)
    return { user: exchanged.session?.userId }
  }
  @nest.Post('tenants/:tenant/select')
  async select(@nest.Req() request: Incoming) {
    const { refreshJwt } = client.tokensFromRequest(request.headers.cookie)
    const switched = await client.selectTenant(request.params.tenant, refreshJwt ?? '').catch(failed)
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
