/**
 * The emulator's program as a child of this process.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { type Binary, REMEDY } from './binary.js'
import { EmulatorError } from './error.js'

/** What the program prints when it accepts connections. */
export interface Ready {
  readonly url: string
  readonly projectId: string
  readonly ca?: string
}

/** Milliseconds until a program must have printed that it is ready. */
const READY_WITHIN = 10_000

/** Milliseconds for a program to end after its input closed. */
const ENDED_WITHIN = 5_000

/** The folders of running programs. */
const folders = new Set<string>()

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

/** A running program, and the folder with its files. */
export class Program {
  /** The line that it printed when it was ready. */
  readonly ready: Ready
  readonly #child: ChildProcess
  readonly #folder: string | undefined

  private constructor(child: ChildProcess, ready: Ready, folder: string | undefined) {
    this.ready = ready
    this.#child = child
    this.#folder = folder
    if (folder === undefined) return
    if (!process.listeners('exit').includes(removeFolders)) process.on('exit', removeFolders)
    folders.add(folder)
  }

  /** Starts the program, and waits until it is ready. */
  static async start(binary: Binary, args: readonly string[], folder: string | undefined): Promise<Program> {
    // It ends when its standard input closes, and so ends with this process.
    const child = spawn(binary.file, ['--watch-stdin', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    const ready = await readiness(child, binary).catch((error) => {
      child.kill('SIGKILL')
      throw error
    })
    // An emulator that was not stopped must not keep this process alive either.
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) unref(handle)
    return new Program(child, ready, folder)
  }

  /** Ends the program and removes its files. A second call has no effect. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit')
      this.#child.ref()
      this.#child.stdin?.end()
      const insist = setTimeout(() => this.#child.kill('SIGKILL'), ENDED_WITHIN)
      await gone
      clearTimeout(insist)
    }
    if (this.#folder === undefined) return
    await rm(this.#folder, { recursive: true, force: true })
    folders.delete(this.#folder)
  }
}

/** Reads the first line of standard output, which says that the program accepts connections. */
function readiness(child: ChildProcess, binary: Binary): Promise<Ready> {
  let said = ''
  let late: NodeJS.Timeout | undefined
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000)
  })
  return new Promise<Ready>((resolve, reject) => {
    const fail = (what: string) =>
      reject(new EmulatorError(`${binary.file} ${what}: ${said.trim() || 'it said nothing'}`))
    late = setTimeout(() => fail(`was not ready within ${READY_WITHIN / 1_000} s`), READY_WITHIN)
    child.once('error', (cause) => reject(unstartable(cause, binary)))
    child.once('close', (code, signal) => fail(`ended before it was ready (${signal ?? code})`))
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })
    lines.once('line', (line) => {
      const ready = readyLine(line)
      if (ready !== undefined) resolve(ready)
      else reject(new EmulatorError(`${binary.file}, named by ${binary.namedBy}, is no emulator: it printed ${line}`))
    })
  }).finally(() => clearTimeout(late))
}

/** Parses the line, if an emulator printed it. */
function readyLine(line: string): Ready | undefined {
  try {
    const { url, projectId, ca } = JSON.parse(line)
    const ofAnEmulator = [url, projectId, ca ?? ''].every((field) => typeof field === 'string')
    return ofAnEmulator ? { url, projectId, ...(ca === undefined ? {} : { ca }) } : undefined
  } catch {
    return undefined
  }
}

function unstartable(cause: NodeJS.ErrnoException, { file, namedBy }: Binary): EmulatorError {
  if (cause.code !== 'ENOENT') return new EmulatorError(`${file} cannot be started: ${cause.message}`, { cause })
  return new EmulatorError(`${file}, named by ${namedBy}, was not found: ${REMEDY}`, { cause })
}

function unref(handle: object | null): void {
  if (handle !== null && 'unref' in handle && typeof handle.unref === 'function') handle.unref()
}
