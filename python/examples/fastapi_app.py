"""FastAPI: sign in, switch the tenant, and protect an endpoint by tenant and permission.

$ pip install tenant-select fastapi uvicorn
$ uvicorn fastapi_app:app
$ INSECURE_COOKIES=1 uvicorn fastapi_app:app  # DEVELOPMENT ONLY, over plain http
"""

import os
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Body, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from tenant_select import AsyncClient, JWTResponse, Session, TenantSelectError

STATUS = dict(AUTHENTICATION=401, INVALID_TOKEN=401, PERMISSION_DENIED=403, INVALID_INPUT=400, RATE_LIMITED=429)
client = AsyncClient()  # DESCOPE_PROJECT_ID
SECURE = os.environ.get("INSECURE_COOKIES") != "1"  # browsers keep Secure cookies to https
app = FastAPI()


@app.middleware("http")
async def set_cookies(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    """Cookies go with refusals too: a refresh token that was replaced is good for nothing."""
    response = await proceed(request)
    exchanged: JWTResponse | None = getattr(request.state, "exchanged", None)
    if exchanged is not None:
        response.headers["Cache-Control"] = "no-store"
        for cookie in exchanged.set_cookie_headers(secure=SECURE):
            response.headers.append("Set-Cookie", cookie)
    return response


@app.exception_handler(TenantSelectError)
async def failed(_: Request, error: TenantSelectError) -> JSONResponse:
    status = 401 if error.argument == "refresh_jwt" else STATUS.get(error.code, 502)
    return JSONResponse({"code": error.code, "outcome": error.outcome}, status)


@app.post("/login")  # The page's sign-in flow ends here with the refresh token that it got.
async def login(request: Request, refresh_jwt: Annotated[str, Body(embed=True)]) -> dict[str, str]:
    request.state.exchanged = exchanged = await client.refresh_session(refresh_jwt)
    return {"user": exchanged.session.user_id}


@app.post("/tenants/{tenant}/select")
async def select(request: Request, tenant: str) -> dict[str, str]:
    refresh_jwt = client.tokens_from_request(request.headers.get("cookie")).refresh_jwt
    request.state.exchanged = await client.select_tenant(tenant, refresh_jwt or "")
    return {"tenant": tenant}


async def writer(request: Request, tenant: str) -> Session:
    """Let through who is signed in, acts in the tenant of the path and may write there."""
    tokens = client.tokens_from_request(request.headers.get("cookie"), request.headers.get("authorization"))
    checked = await client.validate_and_refresh(tokens.session_jwt, tokens.refresh_jwt or "")
    request.state.exchanged, grant = checked.response, checked.session.active_tenant
    if grant is None or grant.tenant_id != tenant or not grant.has_permissions(["documents.write"]):
        raise HTTPException(403)
    return checked.session


@app.post("/tenants/{tenant}/documents")
async def write(session: Annotated[Session, Depends(writer)]) -> dict[str, str]:
    return {"written_by": session.user_id}
