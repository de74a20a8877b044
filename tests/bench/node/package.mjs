// The release build of the npm package, in the folder of the variable `PACKAGE`.

import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(join(process.env.PACKAGE, 'package.json'))

export const { Client, RequestAuthenticator } = require('tenant-select')

/** A client of the fixture. */
export function client({ fixture, verify, distinct, sharedState }, options = {}) {
  const { projectId, baseUrl, caFile } = fixture
  const ofProject = { projectId, baseUrl, caFile: caFile ?? undefined, sharedState: sharedState ?? undefined }
  // A worker that presents one token many times is served from memory by a client that follows rotation.
  return new Client({ ...ofProject, verify, rotation: distinct, ...options })
}
