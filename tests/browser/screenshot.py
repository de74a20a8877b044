"""Writes the picture of the demo application in the README: ``make screenshot``."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright
from tenant_select.testing import Emulator

import chromium
import serve
import servers

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "demo-app.png"


def main() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    with (
        Emulator() as emulator,
        servers.served(serve.connected(emulator)) as address,
        sync_playwright() as playwright,
        chromium.launch(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 720, "height": 400})
        page.goto(address)
        chromium.press(page, "Sign in as Ada")
        page.screenshot(path=PICTURE)
    print(f"{PICTURE.name}: {PICTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
