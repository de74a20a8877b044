/**
 * The absolute path of the emulator's program for this platform.
 *
 * Importing the module throws when the package of this platform is not installed, or when there is none; the message
 * says what to do.
 *
 * @example
 * ```ts
 * import { spawn } from 'node:child_process'
 * import { binary } from 'tenant-select-emulator'
 *
 * const emulator = spawn(binary, ['--watch-stdin'], { stdio: ['pipe', 'pipe', 'inherit'] })
 * emulator.stdout.once('data', (line) => console.log(JSON.parse(String(line)).url))
 * ```
 */
export declare const binary: string
