import { withCors } from '../../fetch_routes.mjs'

export const handle = ({ event, resolve }) => withCors(event.request, () => resolve(event))
export const handleError = () => undefined
