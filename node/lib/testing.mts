/**
 * The ES module entry point of `tenant-select/testing`.
 *
 * @packageDocumentation
 */

export {
  type AllEmulatorSettings,
  Emulator,
  EmulatorError,
  type Counters,
  type EmulatorFault,
  type EmulatorMembership,
  type EmulatorOptions,
  type EmulatorSettings,
  type EmulatorTenantSettings,
  type EmulatorUser,
  emulatorFor,
  environmentFor,
  type JournalEntry,
  type SignIn,
  signInAda,
  startEmulator,
  type TestScope,
  type TokenOrder,
  type RefreshTokenEntry,
  type WaitOptions,
} from './testing.js'
