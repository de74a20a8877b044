"""Forks before and after a client's first call, and prints for each fork how many warnings there were, and what a child got."""

import os
import warnings

from tenant_select import Client

TOKEN = os.environ["REFRESH_JWT"]


def fork() -> None:
    """Fork, make a call in the child, and tell what came of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        child = os.fork()
        if not child:
            name = client.me(TOKEN).name
            print("child", name, flush=True)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    texts = [str(warning.message) for warning in caught if warning.category is DeprecationWarning]
    print("forked", status, [text.partition(")")[2] for text in texts], flush=True)


client = Client()
fork()
client.me(TOKEN)
fork()
print("parent", client.me(TOKEN).name)
