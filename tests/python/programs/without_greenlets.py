"""Makes calls, and prints what of the handling of green threads was loaded."""

import os
import sys

from tenant_select import Client

with Client() as client:
    client.me(os.environ["REFRESH_JWT"])
print([name for name in sys.modules if name.startswith(("gevent", "eventlet", "tenant_select._green"))])
