// The release build of the npm package, in the folder of the variable `PACKAGE`.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.env.PACKAGE, 'package.json'))

export const { Client, RequestAuthenticator } = require('tenant-select')

/** A client of the fixture. */
export function client({ fixture, verify }, options = {}) {
  const { projectId, baseUrl, caFile } = fixture
  // Each worker presents one token many times, which a client that follows rotation serves from memory.
  return new Client({ projectId, baseUrl, caFile: caFile ?? undefined, verify, rotation: false, ...options })
}
