import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { repository } from '../emulator.mjs'

const folder = fileURLToPath(new URL('../next/', import.meta.url))
const dir = `${folder}dist`
const installed = createRequire(`${folder}package.json`)

/** Copies the application, with what it imports: Next.js bundles packages that are linked and not installed. */
function copy() {
  rmSync(dir, { recursive: true, force: true })
  cpSync(`${folder}application`, dir, { recursive: true })
  for (const name of ['application.mjs', 'fetch_routes.mjs']) cpSync(new URL(name, import.meta.url), `${dir}/${name}`)
  for (const name of ['package.json', 'dist', 'tenant-select.node']) {
    cpSync(`${repository}node/${name}`, `${dir}/node_modules/tenant-select/${name}`, { recursive: true })
  }
}

/** Builds the application with Next.js, and serves it. */
export async function serve() {
  copy()
  process.env.NEXT_TELEMETRY_DISABLED = '1'
  const args = [installed.resolve('next/dist/bin/next'), 'build']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
  const application = installed('next')({ dev: false, dir })
  await application.prepare()
  const server = createServer(application.getRequestHandler())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
