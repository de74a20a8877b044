"""Makes one sync call, in the midst of which a signal handler forks: the call stays with the parent, and the child can make its own."""

import os
import signal

from tenant_select import APIConnectionError, Client

children: list[int] = []
signal.signal(signal.SIGUSR1, lambda *_: children.append(os.fork()))
client = Client()
print("calling", flush=True)
try:
    user = client.me(os.environ["REFRESH_JWT"], retries=0)
except APIConnectionError as error:
    assert children == [0], "only the child loses its call"
    assert (error.outcome, error.code) == ("unknown", "CONNECTION")
    assert client.history(os.environ["REFRESH_JWT"])
    os._exit(7)
assert user.name == "Ada Lovelace"
(child,) = children
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
