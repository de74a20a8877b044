/**
 * Fastify: a plugin, and hooks that require a session or a tenant, switch it, or sign out.
 *
 * @packageDocumentation
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdapterOptions, RequestContext } from './adapters/context.js'
import { begin, contextOf as contextOfMessage } from './adapters/node_http.js'
import { parameterOf, type TenantRequirement } from './adapters/route.js'
import type { RequestAuthenticator } from './authenticator.js'
import { RequestRefused } from './index.js'
import type { Requirement } from './requirement.js'

export type { TenantRequirement } from './adapters/route.js'
export { type UpgradeOptions, upgradeListener } from './adapters/upgrade.js'

/** What is read of a request of Fastify. */
interface FastifyRequestLike {
  /** The message of the server. */
  readonly raw: IncomingMessage
  /** The parameters of the path. */
  readonly params: unknown
}

/** What is used of a reply of Fastify. */
interface FastifyReplyLike {
  /** The response of the server. */
  readonly raw: ServerResponse
  /** Sets the status. */
  code(status: number): unknown
  /** Sets headers. */
  headers(headers: Record<string, string>): unknown
  /** Sends the body. */
  send(body: Buffer): unknown
}

/** What is used of an instance of Fastify. */
interface FastifyLike {
  /** Adds a hook. */
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown
}

/**
 * The options of {@link tenantSelect}.
 *
 * @example
 * ```ts
 * import { Client, RequestAuthenticator } from 'tenant-select'
 * import type { PluginOptions } from 'tenant-select/fastify'
 *
 * const options: PluginOptions = { authenticator: new RequestAuthenticator(new Client()) }
 * ```
 */
export interface PluginOptions extends AdapterOptions {
  /** What decides about requests. */
  readonly authenticator: RequestAuthenticator
}

/** A hook of a route, such as `preHandler`. */
type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>

/**
 * The plugin: gives every request a context, and the headers of its results to every response, those of streams and of errors too.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { Client, RequestAuthenticator } from 'tenant-select'
 * import { tenantSelect } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * app.register(tenantSelect, { authenticator: new RequestAuthenticator(new Client()) })
 * ```
 */
export function tenantSelect(app: FastifyLike, { authenticator, ...options }: PluginOptions, done: () => void): void {
  app.addHook('onRequest', (request, reply, next) => {
    begin(authenticator, request.raw, reply.raw, options)
    next()
  })
  done()
}

// For the whole application and not for a scope of its own.
Object.defineProperty(tenantSelect, Symbol.for('skip-override'), { value: true })

/**
 * The context of a request: its session, its grant, and methods that decide.
 *
 * @param request - the request
 * @throws `Error` when the plugin is not registered.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { contextOf, requireSession } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * app.get('/me', { preHandler: requireSession() }, async (request) => ({ user: contextOf(request).session?.userId }))
 * ```
 */
export function contextOf({ raw }: Pick<FastifyRequestLike, 'raw'>): RequestContext {
  return contextOfMessage(raw)
}

/**
 * A hook that lets requests with a session pass; with `required: false`, others too.
 *
 * @param requirement - what else the request needs
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { requireSession } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * app.post('/transfer', { preHandler: requireSession({ stepUp: true }) }, async () => 'done')
 * ```
 */
export function requireSession(requirement?: Requirement): Hook {
  return decided((context) => context.authenticate(requirement))
}

/**
 * A hook that lets requests pass whose session is for the tenant in the path, whose grant `contextOf(request).grant` then is.
 *
 * @param requirement - the parameter of the path, and what else the request needs
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { contextOf, requireTenant } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * const preHandler = requireTenant({ param: 'tenant', permissions: ['documents.read'] })
 * app.get('/tenants/:tenant/documents', { preHandler }, async (request) => ({ roles: contextOf(request).grant?.roles }))
 * ```
 */
export function requireTenant({ param, ...requirement }: TenantRequirement): Hook {
  return decided((context, params) => context.authenticate({ ...requirement, tenant: parameterOf(params, param) }))
}

/**
 * A hook that makes the tenant in the path the user's active one.
 *
 * @param route - the parameter of the path
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { switchTenant } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * app.post('/tenants/:tenant/select', { preHandler: switchTenant({ param: 'tenant' }) }, async () => 'switched')
 * ```
 */
export function switchTenant({ param }: Pick<TenantRequirement, 'param'>): Hook {
  return decided((context, params) => context.switch(parameterOf(params, param)))
}

/**
 * A hook that signs the user out of this session; the response clears the cookies.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { signOut } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * app.post('/sign-out', { preHandler: signOut() }, async () => 'signed out')
 * ```
 */
export function signOut(): Hook {
  return decided((context) => context.signOut())
}

/**
 * Responds to refusals in handlers that use the context themselves; throws any other error. For `setErrorHandler`.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { refusalHandler } from 'tenant-select/fastify'
 *
 * const app = Fastify()
 * app.setErrorHandler(refusalHandler)
 * ```
 */
export function refusalHandler(error: unknown, _request: unknown, reply: FastifyReplyLike): unknown {
  if (!(error instanceof RequestRefused)) throw error
  reply.code(error.status)
  reply.headers(error.headers)
  // As bytes, because Fastify would add a charset to the type of a text.
  return reply.send(Buffer.from(error.body))
}

function decided(decide: (context: RequestContext, params: unknown) => Promise<unknown>): Hook {
  return async (request, reply) => {
    try {
      await decide(contextOf(request), request.params)
      return undefined
    } catch (error) {
      refusalHandler(error, request, reply)
      return reply
    }
  }
}
