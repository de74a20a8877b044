// A worker thread that selects a tenant and tells which switches it heard of.

import { subscribe } from 'node:diagnostics_channel'
import { parentPort, workerData } from 'node:worker_threads'
import { Client } from 'tenant-select'

const heard = []
subscribe('tenant-select:tenant:switch', ({ toTenant, outcome }) => heard.push([toTenant, outcome]))
await new Client().selectTenant('acme', workerData.refreshJwt)
parentPort.postMessage(heard)
