"""Makes one sync call, in the midst of which a signal handler forks: the call stays with the parent, and the child can make its own."""

import os
import signal

from tenant_select import APIConnectionError, Client

children: list[int] = []
signal.signal(signal.SIGUSR1, lambda *_: children.append(os.fork()))
client = Client()
print("calling", flush=True)
lost: APIConnectionError | None = None
try:
    name = client.me(os.environ["REFRESH_JWT"], retries=0).name
except APIConnectionError as error:
    lost = error
if children == [0]:
    assert lost is not None
    assert (lost.outcome, lost.code) == ("unknown", "CONNECTION")
    assert client.history(os.environ["REFRESH_JWT"])
    os._exit(7)
assert lost is None
assert name == "Ada Lovelace"
(child,) = children
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
