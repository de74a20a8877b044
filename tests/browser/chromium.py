"""Chromium of the system, and what its tabs show and keep."""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def path() -> str | None:
    """Where Chromium is; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser:
    """Start it, with the cache of whole pages that "back" shows: the driver turns that off by default."""
    return playwright.chromium.launch(executable_path=path(), ignore_default_args=["--disable-back-forward-cache"])


def jar(context: BrowserContext) -> dict[str, Any]:
    """Every cookie of the browser, by name."""
    cookies = context.cookies()
    found: dict[str, Any] = {cookie["name"]: cookie for cookie in cookies}
    assert len(found) == len(cookies), "two cookies of one name"
    return found


def tokens(context: BrowserContext) -> dict[str, str]:
    """The values of both cookies."""
    return {name: cookie["value"] for name, cookie in jar(context).items()}


def claims(token: str) -> dict[str, Any]:
    """What a token says."""
    part = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def active_tenant(context: BrowserContext) -> object:
    """The tenant that both cookies are for."""
    (tenant,) = {claims(token)["dct"] for token in tokens(context).values()}
    return tenant


def press(page: Page, name: str) -> Response:
    """Press a button that sends a form, and give the response that the tab shows in the end."""
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name=name, exact=True).click()
    response = navigation.value
    assert response is not None
    return response


def headline(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def documents(page: Page) -> list[str]:
    """The titles that the tab shows."""
    return page.get_by_role("listitem").all_inner_texts()


def fetches(page: Page, paths: list[str]) -> Iterator[int]:
    """Send requests for all paths at once from a tab, and give the statuses."""
    script = "paths => Promise.all(paths.map(async path => (await fetch(path, {cache: 'no-store'})).status))"
    yield from page.evaluate(script, paths)
