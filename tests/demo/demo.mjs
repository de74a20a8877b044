// A signed-in user switches tenant, from Node.

import { createRequire } from "node:module";

// The package as it stands in this repository; an application writes `import { Client } from "tenant-select"`.
const { Client } = createRequire(new URL("../../node/package.json", import.meta.url))("tenant-select");

const client = new Client();
const before = await client.validateSession(process.env.SESSION_JWT);
const started = performance.now();
const switched = await client.selectTenant(process.env.TENANT, process.env.REFRESH_JWT);
const took = performance.now() - started;

const after = switched.session;
console.log(`  tenant before  ${before.activeTenant.tenantId}`);
console.log(`  tenant after   ${after.activeTenant.tenantId}`);
console.log(`  user           ${after.userId}`);
console.log(`  roles there    ${after.activeTenant.roles.join(", ")}`);
console.log(`  time taken     ${took.toFixed(1)} ms`);
