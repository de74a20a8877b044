"""A signed-in user switches tenant, from Python."""

import os
import time

from tenant_select import Client

with Client() as client:
    before = client.validate_session(os.environ["SESSION_JWT"])
    started = time.perf_counter()
    switched = client.select_tenant(os.environ["TENANT"], os.environ["REFRESH_JWT"])
    took = (time.perf_counter() - started) * 1000

after = switched.session
assert before.active_tenant and after.active_tenant
print(f"  tenant before  {before.active_tenant.tenant_id}")
print(f"  tenant after   {after.active_tenant.tenant_id}")
print(f"  user           {after.user_id}")
print(f"  roles there    {', '.join(after.active_tenant.roles)}")
print(f"  time taken     {took:.1f} ms")
