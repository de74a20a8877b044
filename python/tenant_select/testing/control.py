"""Control calls to the emulator, on the paths below ``/emulator/``."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from .binary import EmulatorError


class Control:
    """The control calls of one emulator.

    Args:
        url: The URL of the emulator.
        ca: The certificate of its authority in PEM, when it serves HTTPS.
    """

    def __init__(self, url: str, ca: str | None) -> None:
        self._url = url
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if ca is not None:
            context = ssl.create_default_context(cadata=ca)
            context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default since Python 3.13
            handlers.append(urllib.request.HTTPSHandler(context=context))
        self._opener = urllib.request.build_opener(*handlers)

    def call(self, method: str, path: str, body: Any) -> Any:
        """Make a call and return the JSON of its response, or None when the body is empty."""
        request = urllib.request.Request(  # noqa: S310 - the URL is the emulator's
            f"{self._url}/emulator/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=65) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            message = f"{method} /emulator/{path.partition('?')[0]}: {_reason(text)}"
            raise EmulatorError(message) from None
        except OSError as error:
            message = f"the emulator does not respond: {error}"
            raise EmulatorError(message) from error
        return json.loads(text) if text else None


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text
