/**
 * The Fetch standard: Hono, Next.js (`proxy` and route handlers), Remix, SvelteKit, and every server whose handlers get a
 * `Request` and give a `Response`.
 *
 * @packageDocumentation
 */

import type { RequestAuthenticator } from './authenticator.js'
import { type AdapterOptions, RequestContext, RequestRefused } from './index.js'

/**
 * The context of a request of the Fetch standard.
 *
 * @example
 * ```ts
 * import type { FetchContext } from 'tenant-select/web'
 *
 * const theme = ({ request }: FetchContext) => /theme=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]
 * ```
 */
export class FetchContext extends RequestContext {
  readonly #current: Current

  /** @internal */
  constructor(authenticator: RequestAuthenticator, current: Current, options: AdapterOptions) {
    super(
      authenticator,
      () => current.request,
      (cookies) => showCookies(current, cookies),
      options,
    )
    this.#current = current
  }

  /** The request as later code must see it: with the new cookies. */
  get request(): Request {
    return this.#current.request
  }
}

/** Where the request is kept. */
interface Current {
  request: Request
}

/**
 * The options of {@link respond}.
 *
 * @example
 * ```ts
 * import type { RespondOptions } from 'tenant-select/web'
 *
 * const options: RespondOptions = { onError: () => new Response('Something went wrong.', { status: 500 }) }
 * ```
 */
export interface RespondOptions extends AdapterOptions {
  /** Gives the response to an error of the handler. Default: 500, and the error on the console. */
  readonly onError?: ((error: unknown) => Response | Promise<Response>) | undefined
  /**
   * Whether the location of a refusal is a complete URL of the request's origin: for `proxy` of Next.js, which takes no other and
   * makes it relative again. Elsewhere the origin may be that of a server behind a proxy. Default false.
   */
  readonly absoluteLocation?: boolean | undefined
}

/**
 * Runs a handler, and gives its response with the headers of every result; a refused request gets its refusal instead. When the
 * handler throws, the response is one of this function, because that of a framework would lose the new cookies.
 *
 * @param authenticator - what decides
 * @param request - the request
 * @param handler - gives the response; it decides with its context
 * @param options - what becomes of refusals and errors
 *
 * @example
 * ```ts
 * import { Client, RequestAuthenticator } from 'tenant-select'
 * import { respond } from 'tenant-select/web'
 *
 * const authenticator = new RequestAuthenticator(new Client())
 * export const GET = (request: Request) =>
 *   respond(authenticator, request, async (context) => {
 *     const { session } = await context.authenticate({ permissions: ['documents.read'] })
 *     return Response.json({ readBy: session?.userId })
 *   })
 * ```
 */
export async function respond(
  authenticator: RequestAuthenticator,
  request: Request,
  handler: (context: FetchContext) => Response | Promise<Response>,
  { onError = failed, absoluteLocation = false, ...options }: RespondOptions = {},
): Promise<Response> {
  const context = new FetchContext(authenticator, { request }, options)
  try {
    return withHeaders(context, await handler(context))
  } catch (error) {
    if (!(error instanceof RequestRefused)) return withHeaders(context, await onError(error))
    const refused = error.getResponse()
    const location = absoluteLocation && refused.headers.get('location')
    if (location) refused.headers.set('location', new URL(location, request.url).href)
    return withHeaders(context, refused)
  }
}

/** What is used of a context of Hono. */
interface HonoContext {
  /** The request; its `raw` is replaced when there are new cookies. */
  readonly req: { raw: Request }
  /** The response. */
  get res(): Response
  set res(response: Response | undefined)
  /** Keeps a value for later code of the request. */
  set(key: string, value: unknown): void
}

/**
 * A middleware of Hono: `c.get('tenantSelect')` is the {@link FetchContext} of the request, and every response has the headers of
 * its results, those of `onError` included.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { Client, RequestAuthenticator } from 'tenant-select'
 * import { type FetchContext, hono } from 'tenant-select/web'
 *
 * const app = new Hono<{ Variables: { tenantSelect: FetchContext } }>()
 * app.use(hono(new RequestAuthenticator(new Client())))
 * app.get('/tenants/:tenant/documents', async (c) => {
 *   const { session } = await c.get('tenantSelect').authenticate({ tenant: c.req.param('tenant') })
 *   return c.json({ readBy: session?.userId })
 * })
 * ```
 */
export function hono(
  authenticator: RequestAuthenticator,
  options: AdapterOptions = {},
): (c: HonoContext, next: () => Promise<void>) => Promise<void> {
  return async (c, next) => {
    const current: Current = {
      get request() {
        return c.req.raw
      },
      set request(request) {
        c.req.raw = request
      },
    }
    const context = new FetchContext(authenticator, current, options)
    c.set('tenantSelect', context)
    await next()
    const response = withHeaders(context, c.res)
    if (response === c.res) return
    // Hono would copy the headers of the former response over those of the new one.
    c.res = undefined
    c.res = response
  }
}

/** The response with the headers of every result. That of a redirect or a fetch cannot be changed, and is copied. */
function withHeaders(context: RequestContext, response: Response): Response {
  if (!context.decided) return response
  const changed = isImmutable(response) ? new Response(response.body, response) : response
  context.applyHeaders(changed.headers)
  return changed
}

function isImmutable({ headers }: Response): boolean {
  try {
    headers.delete('tenant-select')
    return false
  } catch {
    return true
  }
}

function showCookies(current: Current, cookies: string): void {
  const headers = new Headers(current.request.headers)
  if (cookies === '') headers.delete('cookie')
  else headers.set('cookie', cookies)
  const { method, url, bodyUsed } = current.request
  // A body that was read cannot be passed on.
  current.request = bodyUsed ? new Request(url, { method, headers }) : new Request(current.request, { headers })
}

function failed(error: unknown): Response {
  // biome-ignore lint/suspicious/noConsole: nothing else reports it, because the response is made here.
  console.error(error)
  return new Response('Internal Server Error', { status: 500 })
}
