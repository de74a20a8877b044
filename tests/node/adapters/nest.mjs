import 'reflect-metadata'
import { setTimeout as wait } from 'node:timers/promises'
import { Controller, createParamDecorator, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { nestContext, sessionGuard, signOutGuard, switchGuard, tenantGuard, tenantSelect } from 'tenant-select/express'
import {
  authenticator,
  Background,
  CACHED,
  CHUNKS,
  corsHeaders,
  onRefusal,
  seen,
  TENANT,
  WRITE,
} from './application.mjs'

const Context = createParamDecorator(nestContext)
const background = new Background()

class Routes {
  show(context, request) {
    return seen(context.session, request.headers.cookie)
  }

  async stream(response) {
    for (const chunk of CHUNKS) {
      response.write(chunk)
      await wait(1)
    }
    response.end()
  }

  error() {
    throw new Error('on purpose')
  }

  cached(response) {
    response.set(CACHED).send('cached')
  }

  theme(response) {
    response.cookie('theme', 'dark').send('dark')
  }

  background(context, request) {
    request.res.on('finish', () => setImmediate(() => background.run()))
    return this.show(context, request)
  }

  backgroundRan(response) {
    response.sendStatus(background.hasRun() ? 200 : 404)
  }
}

/** What TypeScript makes of a method with decorators. They are kept with the function, so that each route has its own. */
function route(method, parameters, ...decorators) {
  const name = `${method} ${Object.getOwnPropertyNames(Routes.prototype).length}`
  const value = Routes.prototype[method].bind(new Routes())
  const descriptor = { value, configurable: true, writable: true }
  Object.defineProperty(Routes.prototype, name, descriptor)
  parameters.forEach((parameter, index) => {
    parameter(Routes.prototype, name, index)
  })
  for (const decorate of decorators.reverse()) decorate(Routes.prototype, name, descriptor)
}

const shown = [Context(), Req()]
const ofTenant = UseGuards(tenantGuard(TENANT))
route('show', shown, Get('public'))
route('show', shown, Get('session'), UseGuards(sessionGuard()))
route('show', shown, Get('optional'), UseGuards(sessionGuard({ required: false })))
route('show', shown, Get('step-up'), UseGuards(sessionGuard({ stepUp: true })))
route('show', shown, Get('tenants/:tenant/documents'), ofTenant)
route('show', shown, Post('tenants/:tenant/documents'), HttpCode(200), UseGuards(tenantGuard(WRITE)))
route('show', shown, Post('tenants/:tenant/switch'), HttpCode(200), UseGuards(switchGuard(TENANT)))
route('show', shown, Post('sign-out'), HttpCode(200), UseGuards(signOutGuard()))
route('stream', [Res()], Get('tenants/:tenant/stream'), ofTenant)
route('error', [], Get('tenants/:tenant/error'), ofTenant)
route('cached', [Res()], Get('tenants/:tenant/cached'), ofTenant)
route('theme', [Res()], Get('tenants/:tenant/theme'), ofTenant)
route('background', shown, Get('tenants/:tenant/background'), ofTenant)
route('backgroundRan', [Res()], Get('background-ran'))
Controller()(Routes)

/** Serves the application with Nest on Express. */
export async function serve() {
  const app = await NestFactory.create({ module: class {}, controllers: [Routes] }, { logger: false })
  app.use(tenantSelect(authenticator(), { onRefusal }))
  app.use((request, response, next) => {
    response.set(corsHeaders(request.headers.origin))
    if (request.method === 'OPTIONS') response.status(200).end()
    else next()
  })
  return app.listen(0, '127.0.0.1')
}
