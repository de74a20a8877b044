/**
 * Sends control calls to the emulator. They use neither `fetch`, which applications replace in their tests, nor a proxy.
 *
 * @module
 */

import * as http from 'node:http'
import * as https from 'node:https'
import { EmulatorError } from './error.js'

/** Sends requests to the emulator over connections that stay open. */
export class Control {
  readonly #url: string
  readonly #agent: http.Agent

  constructor(url: string, ca: string | undefined) {
    this.#url = url
    this.#agent = ca === undefined ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true, ca })
  }

  /** Makes a call; returns the text of the response. */
  async request(method: string, path: string, body: string | undefined): Promise<string> {
    const { status, text } = await this.#exchange(method, path, body).catch((cause: Error) => {
      throw new EmulatorError(`the emulator does not respond: ${cause.message}`, { cause })
    })
    if (status < 400) return text
    throw new EmulatorError(`the emulator refused ${method} ${path.split('?', 1)[0]} (${status}): ${reason(text)}`)
  }

  #exchange(method: string, path: string, body: string | undefined): Promise<{ status: number; text: string }> {
    const { request } = this.#agent instanceof https.Agent ? https : http
    // Calls that change something need this header, with or without a body, because a web page cannot send it.
    const headers = { 'content-type': 'application/json' }
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}/emulator${path}`, { method, headers, agent: this.#agent }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy()
  }
}

/** The emulator's error message, if it sent one. */
function reason(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // The response is not one of the emulator.
  }
  return text.slice(0, 2_000)
}
