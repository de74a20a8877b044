/**
 * What adapters for servers of `node:http` share: the context of a request, and its headers in every response.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestAuthenticator } from '../authenticator.js'
import { type AdapterOptions, RequestContext } from '../index.js'
import type { HeaderStore } from '../models/response_header.js'
import type { RequestRefused } from './refused.js'

/** Goes on with the next middleware, or with an error. */
export type Next = (error?: unknown) => void

/** A middleware of Connect or Express. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void

/** By the message of the server, which frameworks wrap or extend. */
const contexts = new WeakMap<IncomingMessage, RequestContext>()

/** Begins the context of a request, whose headers reach the response also when the framework writes it. */
export function begin(
  authenticator: RequestAuthenticator,
  request: IncomingMessage,
  response: ServerResponse,
  options: AdapterOptions,
  websocket?: true,
): RequestContext {
  // Connect and Express strip the path under which a router is mounted.
  const { originalUrl: url = request.url } = request as { readonly originalUrl?: string }
  const view = () => {
    const rawHeaders = linesOf(request)
    // Read by `onRefusal` alone; the core gets the lines.
    return {
      method: request.method,
      url,
      rawHeaders,
      websocket,
      get headers() {
        return pairsOf(rawHeaders)
      },
    }
  }
  const context = new RequestContext(authenticator, view, (cookies) => showCookies(request, cookies), options)
  contexts.set(request, context)
  hook(response, context)
  return context
}

/** The context of a request; throws when the adapter was not installed. */
export function contextOf(request: IncomingMessage): RequestContext {
  const context = contexts.get(request)
  if (context === undefined) throw new Error('the request has no context: install tenantSelect before its routes')
  return context
}

/** Writes the response to a refused request. */
export function refuse(response: ServerResponse, refused: RequestRefused): void {
  response.statusCode = refused.status
  for (const [name, value] of Object.entries(refused.headers)) response.setHeader(name, value)
  response.setHeader('content-length', Buffer.byteLength(refused.body))
  response.end(refused.body)
}

/** The lines of the request. HTTP/2 has the host in a pseudo-header, whose name begins with a colon. */
function linesOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const authority = headers[':authority']
  const missing = headers.host === undefined && typeof authority === 'string'
  return missing ? [...rawHeaders, 'host', authority] : rawHeaders
}

function pairsOf(lines: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < lines.length; at += 2) pairs.push([lines[at] as string, lines[at + 1] as string])
  return pairs
}

/** Replaces the cookies in both forms that later code reads. */
function showCookies(request: IncomingMessage, cookies: string): void {
  const { rawHeaders } = request
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    if (rawHeaders[at]?.toLowerCase() === 'cookie') rawHeaders.splice(at, 2)
  }
  if (cookies === '') delete request.headers.cookie
  else {
    request.headers.cookie = cookies
    rawHeaders.push('cookie', cookies)
  }
}

type WriteHead = (this: ServerResponse, status: number, ...rest: unknown[]) => ServerResponse

/** Adds the headers when the head is written, which also the framework's own errors and streams come to. */
function hook(response: ServerResponse, context: RequestContext): void {
  const original = response.writeHead as unknown as WriteHead
  const replaced: WriteHead = function (status, ...rest) {
    if (!context.decided || this.headersSent) return original.call(this, status, ...rest)
    const [message, given] = typeof rest[0] === 'string' ? rest : [undefined, rest[0]]
    setAll(this, given)
    context.applyHeaders(storeOf(this))
    return message === undefined ? original.call(this, status) : original.call(this, status, message)
  }
  response.writeHead = replaced as unknown as ServerResponse['writeHead']
}

/** Headers in the forms that `writeHead` takes: an object, pairs, or names and values in turn. */
function setAll(response: ServerResponse, given: unknown): void {
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given ?? {})) {
      if (value !== undefined) response.setHeader(name, value as string)
    }
    return
  }
  const flat: unknown[] = Array.isArray(given[0]) ? given.flat() : given
  for (let at = 0; at < flat.length; at += 2) response.removeHeader(String(flat[at]))
  for (let at = 0; at + 1 < flat.length; at += 2) response.appendHeader(String(flat[at]), flat[at + 1] as string)
}

function storeOf(response: ServerResponse): HeaderStore {
  return {
    get: (name) => {
      const value = response.getHeader(name)
      return Array.isArray(value) ? value.join(', ') : value?.toString()
    },
    set: (name, value) => response.setHeader(name, value),
    append: (name, value) => response.appendHeader(name, value),
  }
}
