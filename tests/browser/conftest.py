"""The demo application in a browser, against an emulator that rotates refresh tokens and detects their reuse."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from tenant_select.testing import Emulator

import chromium
import serve
import servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-chromium", action="store_true", help="fail where there is no Chromium")


def pytest_sessionstart(session: pytest.Session) -> None:
    if chromium.path() is None:
        required = session.config.getoption("--require-chromium")
        pytest.exit("no Chromium was found: the tests in a browser did not run", returncode=1 if required else 0)


def pytest_configure() -> None:
    # The servers are on this machine; a proxy of the environment has no business there.
    for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[variable]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        emulator.settings(refreshRotation=True, selectSupersedes=True, reuseDetection=True)
        yield emulator


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        yield browser


@pytest.fixture
def jar(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of a new user, with an empty jar."""
    with browser.new_context() as context:
        context.set_default_timeout(20_000)
        yield context


@pytest.fixture
def app(emulator: Emulator) -> Iterator[str]:
    with servers.served(serve.connected(emulator)) as address:
        yield address


@pytest.fixture
def switching_app(emulator: Emulator) -> Iterator[str]:
    """The application with ``on_mismatch="switch"``."""
    with servers.served(serve.connected(emulator, on_mismatch="switch")) as address:
        yield address


@pytest.fixture
def other_site() -> Iterator[servers.OtherSite]:
    with servers.other_site() as site:
        yield site


@pytest.fixture
def tab(jar: BrowserContext, app: str) -> Page:
    """A tab with Acme's documents, of a user who has just signed in."""
    return signed_in(jar, app)


def signed_in(jar: BrowserContext, app: str) -> Page:
    page = jar.new_page()
    page.goto(app)
    chromium.press(page, "Sign in as Ada")
    return page
