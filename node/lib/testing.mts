/**
 * The ES module entry point of `tenant-select/testing`.
 *
 * @packageDocumentation
 */

export {
  type AllEmulatorSettings,
  type Counters,
  Emulator,
  EmulatorError,
  type EmulatorFault,
  type EmulatorMembership,
  type EmulatorOptions,
  type EmulatorSettings,
  type EmulatorTenantSettings,
  type EmulatorUser,
  emulatorFor,
  environmentFor,
  type JournalEntry,
  type RefreshTokenEntry,
  type SessionGrant,
  type SessionOptions,
  type SignIn,
  session,
  signInAda,
  startEmulator,
  type TestScope,
  type TokenOrder,
  type WaitOptions,
} from './testing.js'
