/**
 * Express, Connect and Nest: a middleware, and middlewares that require a session or a tenant, switch it, or sign out.
 *
 * @packageDocumentation
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterOptions, RequestContext } from './adapters/context.js'
import { type Guard, guard } from './adapters/nest.js'
import { begin, contextOf as contextOfMessage, type Middleware, type Next, refuse } from './adapters/node_http.js'
import { parameterOf, type TenantRequirement } from './adapters/route.js'
import type { RequestAuthenticator } from './authenticator.js'
import { RequestRefused } from './index.js'
import type { Requirement } from './requirement.js'

export { nestContext } from './adapters/nest.js'
export type { TenantRequirement } from './adapters/route.js'
export { type UpgradeOptions, upgradeListener } from './adapters/upgrade.js'

/**
 * Gives every request a context, and the headers of its results to every response: those of streams and of errors that the
 * framework responds to, too. Install it before all routes, and before a middleware that parses cookies.
 *
 * @param authenticator - what decides about requests
 * @param options - what becomes of refusals
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { Client, RequestAuthenticator } from 'tenant-select'
 * import { tenantSelect } from 'tenant-select/express'
 *
 * const app = express()
 * app.use(tenantSelect(new RequestAuthenticator(new Client())))
 * ```
 */
export function tenantSelect(authenticator: RequestAuthenticator, options: AdapterOptions = {}): Middleware {
  return (request, response, next) => {
    begin(authenticator, request, response, options)
    next()
  }
}

/**
 * The context of a request: its session, its grant, and methods that decide.
 *
 * @param request - the request, after {@link tenantSelect}
 * @throws `Error` when {@link tenantSelect} did not see the request.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { contextOf, requireSession } from 'tenant-select/express'
 *
 * const app = express()
 * app.get('/me', requireSession(), (request, response) => {
 *   response.json({ user: contextOf(request).session?.userId })
 * })
 * ```
 */
export function contextOf(request: IncomingMessage): RequestContext {
  return contextOfMessage(request)
}

/**
 * Lets requests with a session pass, which `contextOf(request).session` then is; with `required: false`, others too.
 *
 * @param requirement - what else the request needs
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { requireSession } from 'tenant-select/express'
 *
 * const app = express()
 * app.post('/transfer', requireSession({ stepUp: true }), (_request, response) => void response.send('done'))
 * ```
 */
export function requireSession(requirement?: Requirement): Middleware {
  return decided((context) => context.authenticate(requirement))
}

/**
 * Lets requests pass whose session is for the tenant in the path, whose grant `contextOf(request).grant` then is.
 *
 * @param requirement - the parameter of the path, and what else the request needs
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { contextOf, requireTenant } from 'tenant-select/express'
 *
 * const app = express()
 * const toRead = requireTenant({ param: 'tenant', permissions: ['documents.read'] })
 * app.get('/tenants/:tenant/documents', toRead, (request, response) => {
 *   response.json({ roles: contextOf(request).grant?.roles })
 * })
 * ```
 */
export function requireTenant({ param, ...requirement }: TenantRequirement): Middleware {
  return decided((context, request) => context.authenticate({ ...requirement, tenant: tenantIn(request, param) }))
}

/**
 * Makes the tenant in the path the user's active one; the session in it is then `contextOf(request).session`.
 *
 * @param route - the parameter of the path
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { switchTenant } from 'tenant-select/express'
 *
 * const app = express()
 * app.post('/tenants/:tenant/select', switchTenant({ param: 'tenant' }), (request, response) => {
 *   response.json({ tenant: request.params['tenant'] })
 * })
 * ```
 */
export function switchTenant({ param }: Pick<TenantRequirement, 'param'>): Middleware {
  return decided((context, request) => context.switch(tenantIn(request, param)))
}

/**
 * Signs the user out of this session; the response clears the cookies.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { signOut } from 'tenant-select/express'
 *
 * const app = express()
 * app.post('/sign-out', signOut(), (_request, response) => response.redirect('/'))
 * ```
 */
export function signOut(): Middleware {
  return decided((context) => context.signOut())
}

/**
 * Responds to refusals in handlers that use the context themselves, and passes on other errors. Install it after all routes.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { contextOf, refusalHandler } from 'tenant-select/express'
 *
 * const app = express()
 * app.post('/leave', async (request, response) => {
 *   await contextOf(request).signOut()
 *   response.send('Bye.')
 * })
 * app.use(refusalHandler)
 * ```
 */
export function refusalHandler(error: unknown, _request: IncomingMessage, response: ServerResponse, next: Next): void {
  if (error instanceof RequestRefused && !response.headersSent) refuse(response, error)
  else next(error)
}

/**
 * A guard of Nest that lets requests with a session pass; see {@link requireSession}. It writes the response to a refused request
 * itself.
 *
 * @param requirement - what else the request needs
 *
 * @example
 * ```ts
 * import { sessionGuard } from 'tenant-select/express'
 *
 * const guard = sessionGuard({ stepUp: true }) // @UseGuards(guard)
 * console.log(typeof guard.canActivate)
 * ```
 */
export function sessionGuard(requirement?: Requirement): Guard {
  return guard(requireSession(requirement))
}

/**
 * A guard of Nest that lets requests pass whose session is for the tenant in the path; see {@link requireTenant}.
 *
 * @param requirement - the parameter of the path, and what else the request needs
 *
 * @example
 * ```ts
 * import { tenantGuard } from 'tenant-select/express'
 *
 * const guard = tenantGuard({ param: 'tenant', permissions: ['documents.read'] }) // @UseGuards(guard)
 * console.log(typeof guard.canActivate)
 * ```
 */
export function tenantGuard(requirement: TenantRequirement): Guard {
  return guard(requireTenant(requirement))
}

/**
 * A guard of Nest that makes the tenant in the path the active one; see {@link switchTenant}.
 *
 * @param route - the parameter of the path
 *
 * @example
 * ```ts
 * import { switchGuard } from 'tenant-select/express'
 *
 * const guard = switchGuard({ param: 'tenant' }) // @UseGuards(guard)
 * console.log(typeof guard.canActivate)
 * ```
 */
export function switchGuard(route: Pick<TenantRequirement, 'param'>): Guard {
  return guard(switchTenant(route))
}

/**
 * A guard of Nest that signs the user out; see {@link signOut}.
 *
 * @example
 * ```ts
 * import { signOutGuard } from 'tenant-select/express'
 *
 * const guard = signOutGuard() // @UseGuards(guard)
 * console.log(typeof guard.canActivate)
 * ```
 */
export function signOutGuard(): Guard {
  return guard(signOut())
}

function decided(decide: (context: RequestContext, request: IncomingMessage) => Promise<unknown>): Middleware {
  return (request, response, next) => {
    const run = async () => decide(contextOf(request), request)
    run().then(
      () => next(),
      (error) => refusalHandler(error, request, response, next),
    )
  }
}

/** Read without a type, which would become that of the handlers that follow. */
function tenantIn(request: IncomingMessage, param: string): string {
  return parameterOf((request as { readonly params?: unknown }).params, param)
}
