"""The application of the adapters on WSGI; each response names the process that made it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from adapters import wsgi_app

if TYPE_CHECKING:
    from collections.abc import Iterable


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        return start_response(status, [*headers, ("x-process", str(os.getpid()))], *exc_info)

    return wsgi_app.app(environ, start)
