/**
 * Starts an emulator.
 *
 * @module
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emulatorBinary } from './binary.js'
import type { EmulatorUser } from './control.js'
import { Emulator } from './emulator.js'
import { EmulatorError } from './error.js'
import { Program } from './program.js'
import type { EmulatorSettings } from './settings.js'

/**
 * The options for starting an emulator.
 *
 * @example
 * ```ts
 * const options: EmulatorOptions = { seed: { users: [{ loginId: 'ada@example.com' }] }, tls: true }
 * const emulator = await startEmulator(options)
 * const { refreshJwt } = await emulator.signIn('ada@example.com')
 * console.log((await emulator.client().me(refreshJwt)).email)
 * await emulator.stop()
 * ```
 */
export interface EmulatorOptions {
  /**
   * The program. Default: what `TENANT_SELECT_EMULATOR` names, else that of the npm package `tenant-select-emulator`, else
   * the one on the search path.
   */
  readonly binary?: string | undefined
  /** The id of the emulated project. Default: the emulator's own. */
  readonly projectId?: string | undefined
  /** Users and settings to begin with, and to come back to at a {@link Emulator.reset | reset}. */
  readonly seed?:
    | { readonly users?: readonly EmulatorUser[] | undefined; readonly settings?: EmulatorSettings | undefined }
    | undefined
  /** A directory of contract cases to serve. */
  readonly cases?: string | undefined
  /** Whether to serve HTTPS and HTTP/2 under an authority of its own, which its clients trust. Default false. */
  readonly tls?: boolean | undefined
  /** Whether to sign with fresh keys instead of the built-in test keys. Default false. */
  readonly generateKeys?: boolean | undefined
  /**
   * Hosts, without scheme and port, by which control calls may address it besides loopback: names for loopback in a hosts
   * file or a container. Control calls for other hosts and from web pages are refused. Default none.
   */
  readonly allowHosts?: readonly string[] | undefined
  /** More arguments for the program. */
  readonly args?: readonly string[] | undefined
}

/**
 * Starts an emulator, ready for calls when the promise resolves. It listens on a free port of the loopback interface and
 * keeps everything in memory.
 *
 * @throws {@link EmulatorError} when the program is not found or does not start, with what it said.
 *
 * @example
 * ```ts
 * import { startEmulator } from 'tenant-select/testing'
 *
 * const emulator = await startEmulator()
 * await emulator.addUser({ loginId: 'ada@example.com', tenants: { acme: { roles: ['editor'] } } })
 * const { refreshJwt } = await emulator.signIn('ada@example.com')
 * const response = await emulator.client().selectTenant('acme', refreshJwt)
 * console.assert(response.session?.activeTenant?.hasRoles(['editor']))
 * await emulator.stop()
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const {
    binary,
    projectId,
    seed,
    cases,
    tls = false,
    generateKeys = false,
    allowHosts = [],
    args: more = [],
  } = options
  const program = findBinary(binary)
  const folder = seed !== undefined || tls ? await mkdtemp(join(tmpdir(), 'tenant-select-')) : undefined
  let running: Program | undefined
  try {
    const args: string[] = []
    if (projectId !== undefined) args.push('--project-id', projectId)
    if (seed !== undefined) args.push('--seed', await written(folder, 'seed.json', JSON.stringify(seed)))
    if (cases !== undefined) args.push('--cases', cases)
    if (tls) args.push('--tls')
    if (generateKeys) args.push('--generate-keys')
    for (const host of allowHosts) args.push('--allow-host', host)
    running = await Program.start(program, [...args, ...more], folder)
    return Emulator.of(running, running.ready.ca && (await written(folder, 'ca.pem', running.ready.ca)))
  } catch (error) {
    await running?.stop()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function findBinary(named: string | undefined): ReturnType<typeof emulatorBinary> {
  try {
    return emulatorBinary(named)
  } catch (cause) {
    throw new EmulatorError((cause as Error).message, { cause })
  }
}

async function written(folder: string | undefined, name: string, text: string): Promise<string> {
  const file = join(folder ?? tmpdir(), name)
  await writeFile(file, text)
  return file
}
