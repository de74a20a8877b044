// One program as primary, as two workers of a cluster, and as a forked child; each makes a call and ends.

import { fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Client } from 'tenant-select'

const client = new Client()
const { userId } = await client.me(process.env.REFRESH_JWT)
const role = process.argv[2] ?? (cluster.isPrimary ? 'primary' : 'worker')
console.log(role, userId)
if (role === 'primary') {
  const children = [cluster.fork(), cluster.fork()].map((worker) => worker.process)
  children.push(fork(fileURLToPath(import.meta.url), ['forked']))
  const ends = await Promise.all(children.map((child) => once(child, 'exit')))
  if (ends.some(([code]) => code !== 0)) process.exit(1)
} else if (role === 'worker') {
  cluster.worker.disconnect()
}
