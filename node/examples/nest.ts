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
import { AuthenticationError, Client, InvalidInputError, RequestAuthenticator } from 'tenant-select'
import { contextOf, switchGuard, tenantGuard, tenantSelect } from 'tenant-select/express'

const cookies = { secure: process.env.INSECURE_COOKIES !== '1' } // browsers keep Secure cookies to https
const client = new Client() // DESCOPE_PROJECT_ID

@nest.Controller()
class Tenants {
  @nest.Get('tenants/:tenant/documents')
  @nest.UseGuards(tenantGuard({ param: 'tenant', permissions: ['documents.read'] }))
  documents(@nest.Req() request: Request) {
    return { readBy: contextOf(request).session?.userId }
  }

  @nest.Post('tenants/:tenant/select')
  @nest.UseGuards(switchGuard({ param: 'tenant' }))
  select(@nest.Param('tenant') tenant: string) {
    return { tenant }
  }

  @nest.Post('login') // The page's sign-in flow ends here with the refresh token that it got.
  async login(@nest.Req() request: Request) {
    if (typeof request.body?.refreshJwt !== 'string') throw new nest.BadRequestException()
    const exchanged = await client.refreshSession(request.body.refreshJwt).catch((error) => {
      const signedOut = error instanceof AuthenticationError || error instanceof InvalidInputError
      throw signedOut ? new nest.UnauthorizedException() : error
    })
    request.res?.set('Cache-Control', 'no-store').append('Set-Cookie', exchanged.setCookieHeaders(cookies))
    return { user: exchanged.session?.userId }
  }
}

const app = await NestFactory.create({ module: class {}, controllers: [Tenants] }, { logger: ['error'] })
app.use(tenantSelect(new RequestAuthenticator(client, { cookies })))
export const server = await app.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
