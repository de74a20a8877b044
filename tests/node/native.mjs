// The addon without the facade, for the tests of the boundary between them.

import { createRequire } from 'node:module'
import { repository } from './emulator.mjs'

export const addon = createRequire(import.meta.url)(`${repository}node/tenant-select.node`)
