// A registry on the loopback interface with the packages of one release, to test how npm chooses among them.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'

/**
 * Serves packages until it is closed.
 *
 * @param packages - `{ manifest, tarball }` each, where `tarball` is the path of the file; a package without one is listed
 *   but cannot be fetched
 * @returns `url`; `fetched`, the names of the tarballs that were requested; `close()`
 */
export async function serveRegistry(packages) {
  const fetched = []
  const files = new Map()
  const documents = new Map()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.slice(1))
    if (path.endsWith('.tgz')) fetched.push(path)
    const body = files.get(path) ?? documents.get(path)
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  for (const { manifest, tarball } of packages) {
    const { name, version } = manifest
    const bytes = tarball === undefined ? Buffer.alloc(0) : await readFile(tarball)
    const file = tarball === undefined ? `${name}-${version}.tgz` : basename(tarball)
    if (tarball !== undefined) files.set(file, bytes)
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    const versions = { [version]: { ...manifest, dist: { tarball: `${url}/${file}`, integrity } } }
    documents.set(name, JSON.stringify({ name, 'dist-tags': { latest: version }, versions }))
  }
  return { url, fetched, close: () => server.close() }
}

/**
 * The environment in which npm installs only from this registry.
 *
 * @param folder - an existing folder for npm's own files
 */
export async function npmEnvironment({ url }, folder) {
  const userconfig = join(folder, 'npmrc')
  await writeFile(userconfig, '')
  return {
    ...process.env,
    npm_config_userconfig: userconfig,
    npm_config_cache: join(folder, 'cache'),
    npm_config_registry: url,
    npm_config_noproxy: '127.0.0.1',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  }
}
