import { once } from 'node:events'
import { serve as serveFetch } from '@hono/node-server'
import { fetchRoutes, routed, withCors } from './fetch_routes.mjs'

/** Serves the application with handlers of the Fetch standard and nothing else. */
export async function serve() {
  const routes = fetchRoutes()
  const fetch = (request) =>
    withCors(request, async () => {
      const { handler, tenant } = routed(routes, request)
      return handler === undefined ? new Response(null, { status: 404 }) : handler(request, tenant)
    })
  const server = serveFetch({ fetch, port: 0, hostname: '127.0.0.1' })
  if (!server.listening) await once(server, 'listening')
  return server
}
