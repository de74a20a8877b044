"""A user signs in, switches, is refused and signs out: what the tabs show, and what the jar holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from chromium import active_tenant, documents, headline, jar, press, tokens

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from tenant_select.testing import Emulator


def test_signing_in_puts_two_cookies_into_the_jar(tab: Page) -> None:
    assert headline(tab) == "Documents of Acme"
    assert documents(tab) == ["Budget", "Roadmap"]
    cookies = jar(tab.context)
    assert set(cookies) == {"DS", "DSR"}
    for cookie in cookies.values():
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["expires"] > 0
    assert tab.evaluate("document.cookie") == ""


def test_writing_shows_the_document(tab: Page) -> None:
    tab.get_by_label("Title").fill("<b>Minutes</b>")
    assert press(tab, "Write").status == 200
    assert documents(tab) == ["Budget", "Roadmap", "<b>Minutes</b>"]


def test_a_switch_replaces_both_cookies(tab: Page) -> None:
    before = tokens(tab.context)
    press(tab, "Globex")
    assert (headline(tab), documents(tab)) == ("Documents of Globex", ["Contract"])
    after = tokens(tab.context)
    assert active_tenant(tab.context) == "globex"
    assert before["DS"] != after["DS"] and before["DSR"] != after["DSR"]


def test_a_viewer_may_not_write(tab: Page) -> None:
    press(tab, "Globex")
    before = tokens(tab.context)
    tab.get_by_label("Title").fill("Minutes")
    assert press(tab, "Write").status == 403
    assert headline(tab) == "You may not do this here"
    tab.get_by_role("link", name="To your documents").click()
    tab.wait_for_url("**/tenants/globex")
    assert documents(tab) == ["Contract"]
    assert tokens(tab.context) == before


def test_another_tenant_looks_like_none(tab: Page, app: str) -> None:
    before = tokens(tab.context)
    response = tab.goto(f"{app}/tenants/initech")
    assert response is not None and response.status == 404
    assert (headline(tab), tokens(tab.context)) == ("Not found", before)


def test_signing_out_empties_the_jar_and_ends_the_session(tab: Page, emulator: Emulator) -> None:
    press(tab, "Sign out")
    assert tab.get_by_text("You are signed out.").is_visible()
    assert jar(tab.context) == {}
    assert [entry.get("path") for entry in emulator.requests()][-1] == "/v1/auth/logout"


def test_back_after_sign_out_shows_no_document(tab: Page) -> None:
    press(tab, "Sign out")
    tab.go_back(wait_until="commit")
    expect(tab.get_by_role("heading", level=1)).to_have_text("You are signed out")
    assert documents(tab) == []
    # A page that comes whole from the cache has no "load" of its own.
    tab.go_forward(wait_until="commit")
    expect(tab.get_by_text("You are signed out.")).to_be_visible()
    assert jar(tab.context) == {}


def test_back_after_a_switch_shows_no_document_of_the_other_tenant(tab: Page) -> None:
    press(tab, "Globex")
    tab.go_back(wait_until="commit")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Another tenant is active")
    assert documents(tab) == []
    assert active_tenant(tab.context) == "globex"


def test_sign_out_in_another_tab(tab: Page, jar: BrowserContext, app: str) -> None:
    other = jar.new_page()
    other.goto(app)
    press(other, "Sign out")
    tab.get_by_label("Title").fill("Minutes")
    assert press(tab, "Write").status == 401
    assert headline(tab) == "You are signed out"
    press(tab, "Sign in as Ada")
    assert documents(tab) == ["Budget", "Roadmap"]
