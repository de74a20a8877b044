"""Refuses the import in a sub-interpreter: native threads can attach to the main interpreter only.

CPython 3.12 and newer refuse to load the native module there; older versions would load it.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 12):
    try:
        import _xxsubinterpreters as interpreters  # type: ignore[import-not-found]
    except ImportError:
        # Not every build has this module, and nothing else identifies the interpreter.
        pass
    else:
        if interpreters.get_current() != interpreters.get_main():  # pyright: ignore[reportUnknownMemberType]
            raise ImportError(
                "tenant_select does not support loading in subinterpreters: import it in the main interpreter "
                "(under mod_wsgi: WSGIApplicationGroup %{GLOBAL})"
            )
