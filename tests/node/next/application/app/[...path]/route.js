import { notFound } from 'next/navigation'
import { fetchRoutes, routed } from '../../fetch_routes.mjs'

const routes = fetchRoutes()

function handle(request) {
  const { handler, tenant } = routed(routes, request)
  return handler === undefined ? notFound() : handler(request, tenant)
}

export const [GET, HEAD, POST] = [handle, handle, handle]
