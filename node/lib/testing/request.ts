/**
 * Control calls of the emulator. They go past `fetch`, which applications replace in their tests, and past any proxy.
 *
 * @module
 */

import * as http from 'node:http'
import * as https from 'node:https'
import { EmulatorError } from './error.js'

/** Whom to ask, over connections that stay open. */
export class Control {
  readonly #url: string
  readonly #agent: http.Agent

  constructor(url: string, ca: string | undefined) {
    this.#url = url
    this.#agent = ca === undefined ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true, ca })
  }

  /** Makes a call; gives the text of the answer. */
  async ask(method: string, path: string, body: string | undefined): Promise<string> {
    const { status, text } = await this.#exchange(method, path, body).catch((cause: Error) => {
      throw new EmulatorError(`the emulator does not answer: ${cause.message}`, { cause })
    })
    if (status < 400) return text
    throw new EmulatorError(`the emulator refused ${method} ${path.split('?', 1)[0]} (${status}): ${reason(text)}`)
  }

  #exchange(method: string, path: string, body: string | undefined): Promise<{ status: number; text: string }> {
    const { request } = this.#agent instanceof https.Agent ? https : http
    // Calls that change something need it, with or without a body: it is what a web page cannot send.
    const headers = { 'content-type': 'application/json' }
    return new Promise((resolve, reject) => {
      const asked = request(`${this.#url}/emulator${path}`, { method, headers, agent: this.#agent }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        answer.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy()
  }
}

/** The emulator's own words, where there are any. */
function reason(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // Not one of its own answers.
  }
  return text.slice(0, 2_000)
}
