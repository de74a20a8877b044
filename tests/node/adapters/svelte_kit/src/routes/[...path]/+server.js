import { error } from '@sveltejs/kit'
import { fetchRoutes, routed } from '../../../../fetch_routes.mjs'

const routes = fetchRoutes()

function handle({ request }) {
  const { handler, tenant } = routed(routes, request)
  return handler === undefined ? error(404) : handler(request, tenant)
}

export const [GET, HEAD, POST] = [handle, handle, handle]
