/**
 * The emulator cannot be found or started, refused what was asked of it, or does not answer.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const error = await emulator.signIn('nobody@example.com').catch((error: unknown) => error)
 * console.assert(error instanceof EmulatorError)
 * await emulator.stop()
 * ```
 */
export class EmulatorError extends Error {}

Object.defineProperty(EmulatorError.prototype, 'name', { value: 'EmulatorError', configurable: true, writable: true })
