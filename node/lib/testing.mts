/**
 * The ES module entrance of `tenant-select/testing`.
 *
 * @packageDocumentation
 */

export {
  Emulator,
  type EmulatorFault,
  type EmulatorMembership,
  type EmulatorOptions,
  type EmulatorUser,
  emulatorFor,
  type JournalEntry,
  type JournalFilter,
  type SignIn,
  startEmulator,
} from './testing.js'
