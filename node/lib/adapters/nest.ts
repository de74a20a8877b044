/**
 * What Nest on Express needs besides middlewares: a guard, and the context of a request for a decorator of parameters.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from './context.js'
import { contextOf, type Middleware } from './node_http.js'

/** What is read of Nest's `ExecutionContext`. */
interface ExecutionContextLike {
  /** The request and the response of the platform. */
  switchToHttp(): { getRequest<Request>(): Request; getResponse<Response>(): Response }
}

/** A guard of Nest, for `UseGuards`. It writes the response to a refused request itself. */
export interface Guard {
  /** Whether the request may go on. */
  canActivate(context: ExecutionContextLike): Promise<boolean>
}

/** The guard that lets the requests pass that a middleware lets pass. */
export function guard(middleware: Middleware): Guard {
  return {
    canActivate(context) {
      const http = context.switchToHttp()
      const [request, response] = [http.getRequest<IncomingMessage>(), http.getResponse<ServerResponse>()]
      return new Promise((resolve, reject) => {
        // Nest ends the response of a request that its guard refuses, which does nothing to one that has ended.
        response.once('close', () => resolve(false))
        middleware(request, response, (error) => (error === undefined ? resolve(true) : reject(error)))
      })
    },
  }
}

/**
 * The context of a request, for Nest's `createParamDecorator`: a parameter with that decorator is the context.
 *
 * @param _data - what the decorator was given; nothing is read of it
 * @param execution - Nest's `ExecutionContext`
 * @throws `Error` when {@link tenantSelect} did not see the request.
 *
 * @example
 * ```ts
 * import { createParamDecorator } from '@nestjs/common'
 * import { nestContext } from 'tenant-select/express'
 *
 * const Context = createParamDecorator(nestContext) // documents(@Context() context: RequestContext)
 * console.log(typeof Context)
 * ```
 */
export function nestContext(_data: unknown, execution: ExecutionContextLike): RequestContext {
  return contextOf(execution.switchToHttp().getRequest<IncomingMessage>())
}
