/**
 * The emulator's program as a child of this process.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Binary, REMEDY } from './binary.js'
import { EmulatorError } from './error.js'

/** What the program says when it accepts connections. */
export interface Ready {
  readonly url: string
  readonly projectId: string
  readonly ca?: string
}

/** A running program, and the folder with its files. */
export class Program {
  readonly #child: ChildProcess
  readonly #folder: string | undefined

  private constructor(child: ChildProcess, folder: string | undefined) {
    this.#child = child
    this.#folder = folder
  }

  /** Starts the program, and waits until it is ready. */
  static async start(binary: Binary, args: readonly string[], folder: string | undefined): Promise<[Program, Ready]> {
    // It ends when its standard input does, and so never outlives this process.
    const child = spawn(binary.file, ['--watch-stdin', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    const ready = await readiness(child, binary)
    // An emulator that nobody stopped must not keep this process alive either.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) unref(handle)
    return [new Program(child, folder), ready]
  }

  /** Ends the program and removes its files. Twice is fine. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.ref()
      this.#child.stdin?.end()
      await gone
    }
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }
}

/** The first line on standard output says that the program accepts connections. */
async function readiness(child: ChildProcess, binary: Binary): Promise<Ready> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000)
  })
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(unstartable(cause, binary)))
    child.once('close', (code, signal) => {
      reject(new EmulatorError(`${binary.file} ended before it was ready (${signal ?? code}): ${said.trim()}`))
    })
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })
    lines.once('line', (line) => {
      try {
        resolve(JSON.parse(line) as Ready)
      } catch (cause) {
        child.kill()
        reject(new EmulatorError(`${binary.file}, named by ${binary.namedBy}, is no emulator`, { cause }))
      }
    })
  })
}

function unstartable(cause: NodeJS.ErrnoException, { file, namedBy }: Binary): EmulatorError {
  if (cause.code !== 'ENOENT') return new EmulatorError(`${file} cannot be started: ${cause.message}`, { cause })
  return new EmulatorError(`${file}, named by ${namedBy}, was not found: ${REMEDY}`, { cause })
}

function unref(handle: object | null): void {
  if (handle !== null && 'unref' in handle && typeof handle.unref === 'function') handle.unref()
}
