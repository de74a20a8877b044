"""The HTML of the demo: forms, links, one script for "back", nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from documents import TENANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenant_select import Refusal, TenantGrant

STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; background: #fff }
header { display: flex; justify-content: space-between; align-items: center; border-bottom: 2px solid #1f5fa8; padding-bottom: .5rem }
nav { display: flex; gap: .5rem; margin: 1rem 0 }
button { font: inherit; padding: .3rem .8rem; border: 1px solid #1f5fa8; border-radius: .3rem; color: #1f5fa8; background: #fff; cursor: pointer }
button[aria-current] { color: #fff; background: #1f5fa8 }
input { font: inherit; padding: .3rem; border: 1px solid #5b6675; border-radius: .3rem }
[role=alert] { border-left: 4px solid #a82a1f; padding: .2rem 1rem; background: #fdf1f0 }
"""

# Browsers keep whole pages for "back", with no-store too. After a sign-out or a switch, such a page shows what the user may not see any
# more, so it is hidden when it is left and requested again when it comes back.
RELOAD = """
addEventListener("pagehide", () => { document.documentElement.hidden = true })
addEventListener("pageshow", event => { if (event.persisted) location.reload() })
"""


def sign_in() -> str:
    return _page("Sign in", "<h1>Documents</h1><p>You are signed out.</p>" + _sign_in_form())


def choose(login: str) -> str:
    return _page("Choose a tenant", _header(login) + "<h1>Choose a tenant</h1>" + _switch(None))


def documents(login: str, grant: TenantGrant, titles: Sequence[str]) -> str:
    tenant, name = grant.tenant_id, escape(TENANTS[grant.tenant_id])
    roles = escape(", ".join(grant.roles))
    listed = "".join(f"<li>{escape(title)}</li>" for title in titles)
    return _page(
        f"Documents of {name}",
        f"{_header(login)}{_switch(tenant)}<h1>Documents of {name}</h1><p>Your roles here: {roles}</p><ul>{listed}</ul>"
        f'<form method="post" action="/tenants/{tenant}/documents"><label>Title <input name="title" required maxlength="80">'
        "</label> <button>Write</button></form>",
    )


def refused(refusal: Refusal, tenant: str | None) -> str:
    said = f'<h1>{_headline(refusal)}</h1><div role="alert"><p>{escape(refusal.detail)}</p></div>'
    if refusal.status == 401:
        return _page("Signed out", said + _sign_in_form())
    active = (refusal.problem or {}).get("activeTenant")
    if refusal.code == "TENANT_NOT_ACTIVE" and tenant in TENANTS:
        said += f"<p>Your active tenant is {escape(TENANTS.get(active or '', 'none'))}.</p>" + _switch(active)
    return _page("Refused", said + '<p><a href="/">To your documents</a></p>')


def _headline(refusal: Refusal) -> str:
    return {
        "TENANT_NOT_ACTIVE": "Another tenant is active",
        "NOT_A_MEMBER": "Not found",
        "FORBIDDEN": "You may not do this here",
        "CROSS_SITE": "This came from another site",
        "UNAVAILABLE": "Please try again",
        "SWITCH_UNKNOWN": "Please try again",
    }.get(refusal.code, "You are signed out")


def _sign_in_form() -> str:
    return '<form method="post" action="/sign-in"><button>Sign in as Ada</button></form>'


def _header(login: str) -> str:
    return f'<header><span>{escape(login)}</span><form method="post" action="/sign-out"><button>Sign out</button></form></header>'


def _switch(active: str | None) -> str:
    forms = "".join(
        f'<form method="post" action="/tenants/{tenant}/select"><button{" aria-current=true" if tenant == active else ""}>'
        f"{escape(name)}</button></form>"
        for tenant, name in TENANTS.items()
    )
    return f'<nav aria-label="Tenant">{forms}</nav>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><style>{STYLE}</style><script>{RELOAD}</script></head>'
        f"<body><main>{body}</main></body></html>"
    )
