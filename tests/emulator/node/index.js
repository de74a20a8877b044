'use strict'

const { dirname, join } = require('node:path')
const { currentPlatform } = require('./platform.js')

exports.binary = locate()

function locate() {
  const platform = currentPlatform()
  if (platform === undefined) {
    throw new Error(
      `tenant-select-emulator has no program for ${process.platform} on ${process.arch}: build one with ` +
        '`cargo install tenant-select-emulator`, and name it in TENANT_SELECT_EMULATOR for tenant-select/testing',
    )
  }
  const name = `tenant-select-emulator-${platform}`
  try {
    const program = process.platform === 'win32' ? 'tenant-select-emulator.exe' : 'tenant-select-emulator'
    return join(dirname(require.resolve(`${name}/package.json`)), program)
  } catch (cause) {
    throw new Error(
      `${name} is not installed, the optional dependency of tenant-select-emulator that brings the program for this ` +
        'platform. Install again without --omit=optional or --no-optional; if the lock file or node_modules came from ' +
        'another platform, delete both first (https://github.com/npm/cli/issues/4828)',
      { cause },
    )
  }
}
