"""Imports the package in a sub-interpreter, before or after the main interpreter does."""

import importlib
import os
import sys

interpreters = importlib.import_module("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
ATTEMPT = """
try:
    import tenant_select
except ImportError as error:
    print("refused:", error)
else:
    print("imported")
"""


def attempt() -> None:
    """Make an interpreter, try there twice, and end it."""
    interpreter = interpreters.create()
    for _ in range(2):
        failure = interpreters.run_string(interpreter, ATTEMPT)
        assert failure is None, failure
    interpreters.destroy(interpreter)


assert "tenant_select" not in sys.modules, "the sub-interpreter is to be the first"
attempt()

from tenant_select import Client  # noqa: E402 - the sub-interpreter was first

with Client() as client:
    assert client.me(os.environ["REFRESH_JWT"]).name == "Ada Lovelace"
    attempt()
    assert client.me(os.environ["REFRESH_JWT"]).name == "Ada Lovelace"
