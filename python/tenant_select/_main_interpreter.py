"""Refuses to be imported in a sub-interpreter: native threads find their way back to the main interpreter alone.

CPython 3.12 and newer refuse the native module there by themselves; older ones would load it.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 12):
    try:
        import _xxsubinterpreters as interpreters  # type: ignore[import-not-found]
    except ImportError:
        # Not every build has it, and then nothing else tells interpreters apart.
        pass
    else:
        if interpreters.get_current() != interpreters.get_main():  # pyright: ignore[reportUnknownMemberType]
            raise ImportError(
                "tenant_select does not support loading in subinterpreters: import it in the main interpreter "
                "(under mod_wsgi: WSGIApplicationGroup %{GLOBAL})"
            )
