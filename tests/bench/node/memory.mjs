// The physical memory of this process in bytes, on Linux; nothing elsewhere.

import { readFileSync, writeFileSync } from 'node:fs'

function status(name) {
  try {
    const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'))
    return line === null ? undefined : Number(line[1]) * 1024
  } catch {
    return undefined
  }
}

/** What it is now. */
export const current = () => status('VmRSS')

/** The highest value since the process began, or since `forgetPeak`. */
export const peak = () => status('VmHWM')

/** From now on the peak is that of what follows. Without effect where the system does not allow it. */
export function forgetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // The peak is then that of the whole process.
  }
}
