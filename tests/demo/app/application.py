"""The demo application: documents of two tenants, behind the dependencies of ``tenant_select.fastapi``.

The service makes the tokens of a sign-in; this application takes them from the emulator. All else is as in production, but for
``secure=False``, which plain HTTP on this machine needs.
"""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - FastAPI reads the annotations
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from tenant_select import AsyncClient, AsyncRequestAuthenticator, CookieOptions, Session, TenantGrant
from tenant_select.asgi import AsyncRequestContext
from tenant_select.fastapi import RequestRefused, TenantSelect, context, grant, optional_session

import pages
from documents import PERSON, Documents

LOGIN = str(PERSON["loginId"])
# Lax, so that a link from another site finds the user signed in.
COOKIES: CookieOptions = {"secure": False, "same_site": "Lax"}
# Pages of a signed-in user stay in no HTTP cache. For "back", `pages.RELOAD` has the rest.
HEADERS = {"Cache-Control": "no-store"}

Context = Annotated[AsyncRequestContext, Depends(context)]
Found = Annotated[Session | None, Depends(optional_session)]
Reader = Annotated[TenantGrant, Depends(grant("tenant"))]
Writer = Annotated[TenantGrant, Depends(grant("tenant", permissions=["documents.write"]))]


def application(client: AsyncClient, refresh_jwt: Callable[[], str], **options: Any) -> FastAPI:
    """Make the application.

    Args:
        client: A client of the service.
        refresh_jwt: Signs the user in, and gives the refresh token.
        **options: More options of the authenticator.
    """
    app = FastAPI()
    documents = Documents()
    TenantSelect(app, AsyncRequestAuthenticator(client, cookies=COOKIES, **options))

    @app.exception_handler(RequestRefused)
    async def refused(request: Request, error: RequestRefused) -> Response:
        if error.status == 303:
            return Response(status_code=303, headers=dict(error.headers))
        headers = {name: value for name, value in error.headers if name != "content-type"}
        page = pages.refused(error.refusal, request.path_params.get("tenant"))
        return HTMLResponse(page, error.status, {**headers, **HEADERS})

    @app.get("/")
    async def start(session: Found) -> Response:
        if session is None:
            return HTMLResponse(pages.sign_in(), headers=HEADERS)
        if session.active_tenant is None:
            return HTMLResponse(pages.choose(LOGIN), headers=HEADERS)
        return RedirectResponse(f"/tenants/{session.active_tenant.tenant_id}", 303, HEADERS)

    @app.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        # Without cookies there is nothing for the authenticator to decide about.
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return Response(status_code=403)
        signed_in = await client.refresh_session(refresh_jwt())
        response = RedirectResponse("/", 303, HEADERS)
        for cookie in signed_in.set_cookie_headers(**COOKIES):
            response.headers.append("Set-Cookie", cookie)
        return response

    @app.post("/sign-out")
    async def sign_out(context: Context) -> Response:
        await context.sign_out()
        return RedirectResponse("/", 303)

    @app.post("/tenants/{tenant}/select")
    async def select(tenant: str, context: Context) -> Response:
        await context.switch(tenant)
        return RedirectResponse(f"/tenants/{tenant}", 303)

    @app.get("/tenants/{tenant}")
    async def read(grant: Reader) -> Response:
        return HTMLResponse(pages.documents(LOGIN, grant, documents.titles(grant.tenant_id)), headers=HEADERS)

    @app.post("/tenants/{tenant}/documents")
    async def write(grant: Writer, request: Request) -> Response:
        (title,) = parse_qs((await request.body()).decode()).get("title", ["Untitled"])
        documents.write(grant.tenant_id, title[:80])
        return RedirectResponse(f"/tenants/{grant.tenant_id}", 303)

    return app
