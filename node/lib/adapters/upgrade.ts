/**
 * WebSockets on servers of `node:http`: a listener of `upgrade` that decides before the connection is one.
 *
 * @module
 */

import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RequestAuthenticator } from '../authenticator.js'
import { type RequestContext, RequestRefused } from '../index.js'
import type { Requirement } from '../requirement.js'
import { begin, refuse } from './node_http.js'

/** A listener of the event `upgrade`. */
type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Takes a connection over, for a request with this context. */
type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer, context: RequestContext) => void

/**
 * The options of {@link upgradeListener}.
 *
 * @example
 * ```ts
 * import type { UpgradeOptions } from 'tenant-select/express'
 *
 * const options: UpgradeOptions = { requirement: ({ url }) => ({ tenant: url?.split('/')[2] }) }
 * ```
 */
export interface UpgradeOptions {
  /** What the request needs, or a function that gives it. Default: a valid session. */
  readonly requirement?: Requirement | ((request: IncomingMessage) => Requirement) | undefined
  /** Reports an error other than a refusal; the response is 500. Default: the error on the console. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/**
 * A listener of the event `upgrade` of a server of `node:http`, for WebSockets. It checks the origin and verifies the session; a
 * WebSocket is never refreshed, because its response can set no cookies that a page could rely on. A refused request gets its
 * refusal as the response and the connection is closed; otherwise `accept` takes the connection over.
 *
 * @param authenticator - what decides
 * @param accept - takes the connection over, such as with `handleUpgrade` of the package `ws`; the context has the session
 * @param options - what the request needs, and what becomes of errors
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { Client, RequestAuthenticator } from 'tenant-select'
 * import { upgradeListener } from 'tenant-select/express'
 * import { WebSocketServer } from 'ws'
 *
 * const sockets = new WebSocketServer({ noServer: true })
 * const authenticator = new RequestAuthenticator(new Client())
 * const listener = upgradeListener(authenticator, (request, socket, head, { session }) => {
 *   sockets.handleUpgrade(request, socket, head, (opened) => opened.send(`Hello ${session?.userId}`))
 * })
 * createServer().on('upgrade', listener)
 * ```
 */
export function upgradeListener(
  authenticator: RequestAuthenticator,
  accept: Accept,
  { requirement, onError = report }: UpgradeOptions = {},
): UpgradeListener {
  return (request, socket, head) => {
    const response = responseOf(request, socket)
    const context = begin(authenticator, request, response, {}, true)
    // Node has no listener here any more, and an error without one ends the process.
    socket.on('error', ignore)
    const decide = async () =>
      context.authenticate(typeof requirement === 'function' ? requirement(request) : requirement)
    decide().then(
      () => {
        response.detachSocket(socket as Socket)
        socket.off('error', ignore)
        if (!socket.destroyed) accept(request, socket, head, context)
      },
      (error: unknown) => {
        if (error instanceof RequestRefused) return refuse(response, error)
        onError(error)
        response.writeHead(500).end()
      },
    )
  }
}

/** A response on the connection of an upgrade, which ends with it. */
function responseOf(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as Socket)
  response.once('finish', () => socket.end())
  return response
}

function ignore(): void {}

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: nothing else reports it, because the response is made here.
  console.error(error)
}
