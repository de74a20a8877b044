import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequest, setResponse } from '@sveltejs/kit/node'

const source = fileURLToPath(new URL('svelte_kit', import.meta.url))
const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url))
const output = new URL('../node_modules/.svelte-kit/output/server/', import.meta.url)

/** Builds the application with SvelteKit, and serves it as its adapters do. */
export async function serve() {
  const args = [vite, 'build', '--logLevel', 'error']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: source, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const { Server } = await import(`${output}index.js`)
  const { manifest } = await import(`${output}manifest.js`)
  const application = new Server(manifest)
  await application.init({ env: process.env })
  const server = createServer(async (message, response) => {
    const request = await getRequest({ base: `http://${message.headers.host}`, request: message })
    setResponse(response, await application.respond(request, { getClientAddress: () => '127.0.0.1' }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
