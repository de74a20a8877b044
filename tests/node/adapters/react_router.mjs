import { once } from 'node:events'
import { serve as serveFetch } from '@hono/node-server'
import { createRequestHandler } from 'react-router'
import { fetchRoutes, withCors } from './fetch_routes.mjs'

/** The routes as the compiler of React Router writes them: a loader reads, an action changes something. */
function resourceRoutes() {
  const modules = {}
  for (const [name, handler] of Object.entries(fetchRoutes())) {
    const [method, path] = name.split(' ')
    // A loader gets HEAD as well.
    if (method === 'HEAD') continue
    modules[path.slice(1)] ??= {}
    modules[path.slice(1)][method === 'GET' ? 'loader' : 'action'] = ({ request, params }) =>
      handler(request, params.tenant)
  }
  const routes = Object.entries(modules).map(([path, module]) => ({ id: path, parentId: 'root', path, module }))
  return Object.fromEntries([{ id: 'root', path: '', module: {} }, ...routes].map((route) => [route.id, route]))
}

/** Serves the application with React Router, as the successor of Remix. */
export async function serve() {
  const render = (_request, status, headers) => new Response('', { status, headers })
  const handle = createRequestHandler(
    {
      entry: { module: { default: render, handleError() {} } },
      routes: resourceRoutes(),
      assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '1' },
      publicPath: '/',
      assetsBuildDirectory: '',
      future: {},
      ssr: true,
      isSpaMode: false,
      prerender: [],
      routeDiscovery: { mode: 'initial' },
    },
    'production',
  )
  const fetch = (request) => withCors(request, handle)
  const server = serveFetch({ fetch, port: 0, hostname: '127.0.0.1' })
  if (!server.listening) await once(server, 'listening')
  return server
}
