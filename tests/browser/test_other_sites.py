"""What other sites, and the browser on its own, can cause: nothing that changes something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chromium import active_tenant, documents, headline, press, tokens
from conftest import signed_in

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from tenant_select.testing import Emulator

    from servers import OtherSite

SWITCH, SIGN_OUT, WRITE = "/tenants/globex/select", "/sign-out", "/tenants/acme/documents"
FOREIGN = "This came from another site"


@pytest.mark.parametrize(
    ("host", "action", "shown"),
    [
        # The browser sends no Lax cookie with a form of another site, and would keep what the response does to the cookies.
        ("127.0.0.1", SWITCH, FOREIGN),
        ("127.0.0.1", WRITE, "You are signed out"),
        ("127.0.0.1", SIGN_OUT, FOREIGN),
        # Another origin of the same site: the cookies come along, and the authenticator refuses.
        ("localhost", SWITCH, FOREIGN),
        ("localhost", WRITE, FOREIGN),
        ("localhost", SIGN_OUT, FOREIGN),
    ],
)
def test_a_form_of_another_site(  # noqa: PLR0917 - three parameters and four fixtures
    tab: Page, app: str, other_site: OtherSite, emulator: Emulator, host: str, action: str, shown: str
) -> None:
    before = tokens(tab.context)
    emulator.clear_requests()
    victim = tab.context.new_page()
    form = f'<form method="post" action="{app}{action}"><input name="title" value="Forged"><button>Win</button></form>'
    victim.goto(other_site.page(host, form))
    press(victim, "Win")
    assert headline(victim) == shown
    assert tokens(tab.context) == before
    assert emulator.requests() == []
    tab.reload()
    assert (headline(tab), documents(tab)) == ("Documents of Acme", ["Budget", "Roadmap"])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_link_of_another_site_finds_the_user_signed_in(tab: Page, app: str, other_site: OtherSite, host: str) -> None:
    before = tokens(tab.context)
    tab.goto(other_site.page(host, f'<a href="{app}/tenants/acme">Documents</a>'))
    tab.get_by_role("link").click()
    tab.wait_for_url("**/tenants/acme")
    assert documents(tab) == ["Budget", "Roadmap"]
    assert tokens(tab.context) == before


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_link_of_another_site_switches_nothing(
    jar: BrowserContext, switching_app: str, other_site: OtherSite, host: str
) -> None:
    tab = signed_in(jar, switching_app)
    before = tokens(jar)
    tab.goto(other_site.page(host, f'<a href="{switching_app}/tenants/globex">Documents</a>'))
    tab.get_by_role("link").click()
    tab.wait_for_url("**/tenants/globex")
    assert headline(tab) == "Another tenant is active"
    assert tokens(jar) == before


def test_a_prefetch_switches_nothing_and_a_visit_does(
    jar: BrowserContext, switching_app: str, emulator: Emulator
) -> None:
    tab = signed_in(jar, switching_app)
    before = tokens(jar)
    emulator.clear_requests()
    address = f"{switching_app}/tenants/globex"
    with tab.expect_response(address) as prefetched:
        tab.evaluate(
            "href => document.head.append(Object.assign(document.createElement('link'), {rel: 'prefetch', href}))",
            address,
        )
    assert prefetched.value.request.all_headers()["sec-purpose"].startswith("prefetch")
    assert prefetched.value.status == 409
    assert (tokens(jar), emulator.requests()) == (before, [])

    response = tab.goto(address)
    assert response is not None and response.status == 200
    assert (headline(tab), active_tenant(jar)) == ("Documents of Globex", "globex")
    assert [entry.get("path") for entry in emulator.requests()] == ["/v1/auth/tenant/select"]
