/**
 * The emulator cannot be found or started, refused a request, or does not respond.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator()
 * const error = await emulator.signIn('unknown@example.com').catch((error: unknown) => error)
 * console.assert(error instanceof EmulatorError)
 * await emulator.stop()
 * ```
 */
export class EmulatorError extends Error {}

Object.defineProperty(EmulatorError.prototype, 'name', { value: 'EmulatorError', configurable: true, writable: true })
