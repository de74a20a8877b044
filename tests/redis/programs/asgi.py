"""The application of the adapters on ASGI; each response names the process that made it."""

from __future__ import annotations

import os
from typing import Any

from adapters import asgi_app


async def app(scope: Any, receive: Any, send: Any) -> None:
    async def named(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-process", str(os.getpid()).encode())]
        await send(message)

    await asgi_app.app(scope, receive, named)
