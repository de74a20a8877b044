// The same from a CommonJS module.

import tenantSelect = require('tenant-select')
import testing = require('tenant-select/testing')

export const client: tenantSelect.Client = new tenantSelect.Client({ projectId: 'P1' })
export const start: (options?: testing.EmulatorOptions) => Promise<testing.Emulator> = testing.startEmulator
