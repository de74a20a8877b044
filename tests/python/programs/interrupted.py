"""Makes one sync call on the main thread and says how it ended."""

import os
import signal
import sys
import time

from tenant_select import Client

# A process that was started in the background of a shell ignores SIGINT, and so would this one after it.
signal.signal(signal.SIGINT, signal.default_int_handler)

READS = sys.argv[1:] == ["read"]
TOKEN = os.environ["REFRESH_JWT"]

with Client(timeout=30, retries=0) as client:
    print("calling", flush=True)
    try:
        client.history(TOKEN) if READS else client.select_tenant("acme", TOKEN)
    except KeyboardInterrupt:
        print(f"interrupted {time.time()}", flush=True)
        # The process stays, so that it is not its end that closes the connection.
        sys.stdin.readline()
        if not READS:
            session = client.select_tenant("acme", TOKEN).session
            assert session.active_tenant is not None
            print(session.active_tenant.tenant_id)
    else:
        sys.exit("the call returned")
