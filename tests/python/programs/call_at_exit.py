"""Makes calls from functions that run when the interpreter exits, before and after the package's own."""

import atexit
import os

TOKEN = os.environ["REFRESH_JWT"]


def after() -> None:
    """Registered before the package was imported, and so run after it has closed the finalization gate."""
    try:
        client.me(TOKEN)
    except ClientClosedError as error:
        print("after:", error.outcome)


def before() -> None:
    """Registered later, and so run before that."""
    print("before:", client.me(TOKEN).name)


atexit.register(after)

from tenant_select import Client, ClientClosedError  # noqa: E402

atexit.register(before)
client = Client()
