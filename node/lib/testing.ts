/**
 * The testing kit for applications: a local server of the API, and helpers for `node:test`.
 *
 * @packageDocumentation
 */

export type {
  Counters,
  EmulatorFault,
  EmulatorMembership,
  EmulatorUser,
  JournalEntry,
  RefreshTokenEntry,
  SignIn,
  WaitOptions,
} from './testing/control.js'
export { Emulator } from './testing/emulator.js'
export { EmulatorError } from './testing/error.js'
export { emulatorFor, environmentFor, signInAda, type TestScope } from './testing/node_test.js'
export { type SessionGrant, type SessionOptions, session } from './testing/session.js'
export type { AllEmulatorSettings, EmulatorSettings, EmulatorTenantSettings } from './testing/settings.js'
export { type EmulatorOptions, startEmulator } from './testing/start.js'
export type { TokenOrder } from './testing/token.js'
