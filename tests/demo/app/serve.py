"""Starts the emulator and the demo application: ``python serve.py [PORT]``, until Ctrl-C."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uvicorn
from tenant_select.testing import Emulator

from application import application
from documents import PERSON

if TYPE_CHECKING:
    from fastapi import FastAPI


def connected(emulator: Emulator, **options: object) -> FastAPI:
    """Make the application for an emulator, with its user."""
    emulator.control("POST", "users", PERSON)
    return application(
        emulator.async_client(), lambda: emulator.sign_in(str(PERSON["loginId"]), "acme").refresh_jwt or "", **options
    )


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    with Emulator() as emulator:
        print(f"open http://localhost:{port} (Ctrl-C ends it)", flush=True)
        uvicorn.run(connected(emulator), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
