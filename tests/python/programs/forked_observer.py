"""Forks in the observer of retries: the call goes on in the parent and ends in the child."""

import os

from tenant_select import APIConnectionError, Client, RetryEvent

children: list[int] = []


def fork(_: RetryEvent) -> None:
    """Fork at the first retry."""
    if not children:
        children.append(os.fork())


client = Client(on_retry=fork, retries=3)
try:
    name = client.me(os.environ["REFRESH_JWT"]).name
except APIConnectionError as error:
    # The child: the thread that makes the call is its parent's. What it calls itself goes through.
    fine = error.outcome == "unknown" and client.me(os.environ["REFRESH_JWT"]).name == "Ada Lovelace"
    os._exit(0 if fine else 1)
_, status = os.waitpid(children[0], 0)
print(name, status)
