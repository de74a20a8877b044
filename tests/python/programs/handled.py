"""Makes one sync call, in the midst of which a signal handler runs that does not raise."""

import os
import signal

from tenant_select import Client

handled: list[int] = []
signal.signal(signal.SIGUSR1, lambda number, _: handled.append(number))
with Client() as client:
    print("calling", flush=True)
    assert client.me(os.environ["REFRESH_JWT"]).name == "Ada Lovelace"
assert handled == [signal.SIGUSR1]
