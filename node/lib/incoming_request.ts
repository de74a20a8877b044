/**
 * A request that the application received, as its server has it.
 *
 * @module
 */

import { WrongArgument } from './arguments.js'

/**
 * The headers of a request: pairs of name and value such as those of a `Headers` object, or an object as `node:http` has it.
 *
 * @example
 * ```ts
 * const headers: RequestHeaders = { host: 'app.example', cookie: 'DS=a.b.c; DSR=d.e.f' }
 * ```
 */
export type RequestHeaders =
  | Iterable<readonly [name: string, value: string]>
  | { readonly [name: string]: string | readonly string[] | undefined }

/**
 * A request that came in: a `Request` of the Fetch standard, an `IncomingMessage` of `node:http`, or any object of this shape.
 *
 * @example
 * ```ts
 * const request: IncomingRequest = { method: 'GET', url: '/acme/documents', headers: { cookie: `DS=${sessionJwt}` } }
 * const result = await new RequestAuthenticator(client).authenticate(request)
 * console.log(result.session?.userId)
 * ```
 */
export interface IncomingRequest {
  /** The method in upper case, such as `GET`. */
  readonly method?: string | undefined
  /** As the browser has it: the path with the query as it was sent, or the complete URL. */
  readonly url?: string | undefined
  /** Its headers. Of an `IncomingMessage`, `rawHeaders` are read, which have every line. */
  readonly headers: RequestHeaders
  /** That the request opens a WebSocket, where no header `Upgrade: websocket` says so (RFC 8441). */
  readonly websocket?: boolean | undefined
}

/** What crosses to the core: the method, the URL, the headers as lines, and whether it opens a WebSocket. */
export type RequestArguments = readonly [string, string, string, boolean]

/** A request for the core. */
export function requestArguments(request: IncomingRequest): RequestArguments {
  if (typeof request !== 'object' || request === null) throw new WrongArgument('request', 'request must be an object')
  const { method, url, websocket } = request
  const { rawHeaders } = request as { readonly rawHeaders?: unknown }
  const raw = Array.isArray(rawHeaders) && rawHeaders.length > 0
  const lines = raw ? rawLines(rawHeaders) : linesOf(request.headers)
  return [any('method', method), any('url', url), lossy(lines), websocket === true]
}

/** Any client can send what is no text; it is replaced and not refused. */
function lossy(value: string): string {
  return value.isWellFormed() ? value : value.toWellFormed()
}

function any(argument: string, value: unknown): string {
  if (typeof value !== 'string') throw new WrongArgument(argument, `${argument} must be a string`)
  return lossy(value)
}

/** Names and values in turn, a line each. */
function rawLines(raw: readonly unknown[]): string {
  const lines = raw.join('\n')
  // Servers refuse a line end in a header; what the application has put there must not become another header.
  return count(lines) === raw.length - 1 ? lines : raw.map((item) => oneLine(String(item))).join('\n')
}

function linesOf(headers: unknown): string {
  if (typeof headers !== 'object' || headers === null) throw wrongHeaders()
  const lines: string[] = []
  const add = (name: unknown, value: unknown) => {
    if (typeof name !== 'string' || typeof value !== 'string') throw wrongHeaders()
    lines.push(oneLine(name), oneLine(value))
  }
  if (Symbol.iterator in headers) {
    for (const pair of headers as Iterable<unknown>) {
      if (!Array.isArray(pair)) throw wrongHeaders()
      add(pair[0], pair[1])
    }
  } else {
    for (const [name, value] of Object.entries(headers)) {
      if (Array.isArray(value)) for (const one of value) add(name, one)
      else if (value !== undefined) add(name, value)
    }
  }
  return lines.join('\n')
}

function oneLine(value: string): string {
  return value.includes('\n') ? value.replaceAll('\n', ' ') : value
}

function count(lines: string): number {
  let found = 0
  for (let at = lines.indexOf('\n'); at !== -1; at = lines.indexOf('\n', at + 1)) found += 1
  return found
}

function wrongHeaders(): WrongArgument {
  return new WrongArgument('headers', 'headers must be pairs of name and value, or an object of strings')
}
