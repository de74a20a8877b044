"""Several tabs share one jar: a switch in one of them, and many requests with an expired session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chromium import active_tenant, claims, documents, fetches, headline, press, tokens

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from tenant_select.testing import Emulator

REFRESH, SELECT = "/v1/auth/refresh", "/v1/auth/tenant/select"


def expire(jar: BrowserContext, emulator: Emulator, app: str) -> None:
    """Put a session token into the jar that says the same and ended a while ago."""
    said = claims(tokens(jar)["DS"])
    kept = {name: said[name] for name in ("sub", "dct", "tenants")}
    expired = emulator.token(claims=kept, issuedSecondsAgo=3600)
    jar.add_cookies([{"name": "DS", "value": expired, "url": app, "httpOnly": True, "sameSite": "Lax"}])
    emulator.clear_requests()


def sent(emulator: Emulator, path: str) -> list[object]:
    """The statuses of the service for a path."""
    return [entry.get("status") for entry in emulator.requests() if entry.get("path") == path]


def test_the_stale_tab_is_told_and_writes_nothing(tab: Page, jar: BrowserContext, app: str) -> None:
    other = jar.new_page()
    other.goto(app)
    press(other, "Globex")

    tab.get_by_label("Title").fill("Secret of Acme")
    assert press(tab, "Write").status == 409
    assert headline(tab) == "Another tenant is active"
    assert tab.get_by_text("Your active tenant is Globex.").is_visible()
    assert active_tenant(jar) == "globex"

    other.reload()
    assert documents(other) == ["Contract"]
    press(tab, "Acme")
    assert documents(tab) == ["Budget", "Roadmap"]
    assert active_tenant(jar) == "acme"
    response = other.reload()
    assert response is not None and response.status == 409


def test_parallel_requests_with_an_expired_session_refresh_once(
    tab: Page, jar: BrowserContext, emulator: Emulator, app: str
) -> None:
    for _ in range(3):
        expire(jar, emulator, app)
        before = tokens(jar)
        assert set(fetches(tab, [f"/tenants/acme?{number}" for number in range(12)])) == {200}
        assert sent(emulator, REFRESH) == [200]
        after = tokens(jar)
        assert before["DS"] != after["DS"] and before["DSR"] != after["DSR"]
        assert active_tenant(jar) == "acme"


def test_tabs_reload_with_an_expired_session(tab: Page, jar: BrowserContext, emulator: Emulator, app: str) -> None:
    tabs = [tab, *(jar.new_page() for _ in range(3))]
    for page in tabs[1:]:
        page.goto(f"{app}/tenants/acme")
    expire(jar, emulator, app)
    for page in tabs:
        page.evaluate("setTimeout(() => location.reload())")
    for page in tabs:
        page.wait_for_function("performance.getEntriesByType('navigation')[0].type === 'reload'")
        assert (headline(page), documents(page)) == ("Documents of Acme", ["Budget", "Roadmap"])
    assert sent(emulator, REFRESH) == [200]
    assert active_tenant(jar) == "acme"


def test_a_session_cookie_that_the_browser_dropped(tab: Page, jar: BrowserContext, emulator: Emulator) -> None:
    jar.clear_cookies(name="DS")
    emulator.clear_requests()
    assert set(fetches(tab, ["/tenants/acme"] * 6)) == {200}
    assert sent(emulator, REFRESH) == [200]
    assert set(tokens(jar)) == {"DS", "DSR"}


def test_a_switch_while_another_tab_refreshes(tab: Page, jar: BrowserContext, emulator: Emulator, app: str) -> None:
    other = jar.new_page()
    other.goto(f"{app}/tenants/acme")
    expire(jar, emulator, app)
    tab.evaluate(
        "window.done = Promise.all([...Array(8).keys()].map(async n => (await fetch(`/tenants/acme?${n}`)).status)); 0"
    )
    press(other, "Globex")
    statuses = set(tab.evaluate("window.done"))
    assert statuses <= {200, 409}
    # Whichever response came last, the user is signed in, and the next switch decides.
    press(other, "Globex")
    assert (headline(other), active_tenant(jar)) == ("Documents of Globex", "globex")
    response = tab.reload()
    assert response is not None and response.status == 409
