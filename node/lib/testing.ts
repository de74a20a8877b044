/**
 * For tests of applications: a local server of the API.
 *
 * @packageDocumentation
 */

export type {
  EmulatorFault,
  EmulatorMembership,
  EmulatorUser,
  JournalEntry,
  JournalFilter,
  SignIn,
} from './testing/control.js'
export { Emulator, type EmulatorOptions, emulatorFor, startEmulator } from './testing/emulator.js'
