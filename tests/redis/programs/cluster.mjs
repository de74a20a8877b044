// Workers of a cluster that serve the application of the adapters on Express; each response names the process that made it.

import cluster from 'node:cluster'
import { Server, ServerResponse } from 'node:http'
import { serve } from '../../node/adapters/express.mjs'

if (cluster.isPrimary) {
  for (let number = 0; number < Number(process.env.WORKERS); number += 1) cluster.fork()
  cluster.on('exit', (_, code) => {
    // The test ends all of them with a signal.
    if (code) process.exit(code)
  })
  process.on('SIGTERM', () => cluster.disconnect(() => process.exit(0)))
} else {
  const { writeHead } = ServerResponse.prototype
  ServerResponse.prototype.writeHead = function (...head) {
    this.setHeader('x-process', String(process.pid))
    return writeHead.apply(this, head)
  }
  const { listen } = Server.prototype
  // The application of the adapters listens on any free port.
  Server.prototype.listen = function (_, ...others) {
    return listen.call(this, Number(process.argv[2]), ...others)
  }
  await serve()
}
