// The release build of the npm package, where the run says that it is.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.env.PACKAGE, 'package.json'))

export const { Client } = require('tenant-select')

/** A client of the fixture. */
export function client({ fixture, verify }) {
  // Each worker presents one token again and again, which a client that follows rotation serves from memory.
  return new Client({ projectId: fixture.projectId, baseUrl: fixture.baseUrl, verify, rotation: false })
}
