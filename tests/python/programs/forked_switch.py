"""Forks with remembered tokens and a pending switch. The child has neither, and its own client works."""

import os
import sys
import threading

from tenant_select import Client, SwitchEvent

events: list[SwitchEvent] = []
client = Client(on_switch=events.append)


def told() -> str:
    """Give the number of events."""
    return f"{len(events)} event" + ("s" if len(events) != 1 else "")


client.select_tenant("acme", os.environ["REFRESH_JWT"])
assert len(events) == 1, events
stop = threading.Event()


def keep_calling() -> None:
    """Hold and release the table's lock, so that a fork finds it in any state."""
    while not stop.is_set():
        client.diagnostics()


threads = [threading.Thread(target=keep_calling) for _ in range(4)]
for thread in threads:
    thread.start()
for number in range(20):
    child = os.fork()
    if not child:
        events.clear()
        code = 1
        try:
            superseded = client.diagnostics().superseded_tokens
            if number == 0:
                session = client.select_tenant("acme", os.environ["REFRESH_JWTS"]).session
                assert session.active_tenant is not None
                tenant = session.active_tenant.tenant_id
                print(f"child: {superseded} superseded, {tenant}, {told()}", flush=True)
            else:
                assert superseded == 0
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit(f"a child ended with {status}")
stop.set()
for thread in threads:
    thread.join()
print(f"parent: {client.diagnostics().superseded_tokens} superseded, {told()}")
