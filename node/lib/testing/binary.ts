/**
 * Where the emulator's program is.
 *
 * @module
 */

import { createRequire } from 'node:module'
import { join } from 'node:path'

const NAME = 'tenant-select-emulator'
const VARIABLE = 'TENANT_SELECT_EMULATOR'

/** What to do when there is no program. */
export const REMEDY = `run \`npm install --save-dev ${NAME}\`, put the program on the search path, or name it in ${VARIABLE}`

/** A program to start, and who named it. */
export interface Binary {
  readonly file: string
  readonly namedBy: string
}

/**
 * The program to start: what the caller names, else what the variable `TENANT_SELECT_EMULATOR` names, else that of the npm
 * package `tenant-select-emulator` as the application sees it, or as this package does, else whatever the search path has
 * under that name. An empty variable names nothing.
 */
export function emulatorBinary(named: string | undefined): Binary {
  if (named !== undefined) return { file: named, namedBy: 'the option `binary`' }
  const variable = process.env[VARIABLE]
  if (variable) return { file: variable, namedBy: VARIABLE }
  const file = packaged(join(process.cwd(), 'package.json')) ?? packaged(__filename)
  if (file !== undefined) return { file, namedBy: `the package ${NAME}` }
  return { file: NAME, namedBy: 'the search path' }
}

/** The program of the npm package, as a module at this place sees it. */
function packaged(from: string): string | undefined {
  try {
    const { binary } = createRequire(from)(NAME) as { binary: string }
    return binary
  } catch (error) {
    // When only the package of this platform is missing, the emulator's own error says more.
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
