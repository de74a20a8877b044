"""FastAPI: sign in, switch the tenant, and protect an endpoint by tenant and permission.

$ pip install tenant-select fastapi uvicorn
$ uvicorn fastapi_app:app
$ INSECURE_COOKIES=1 uvicorn fastapi_app:app  # DEVELOPMENT ONLY, over plain http
"""

import os
from typing import Annotated

from fastapi import Body, Depends, FastAPI, HTTPException, Response
from tenant_select import AsyncClient, AsyncRequestAuthenticator, AuthenticationError, InvalidInputError, TenantGrant
from tenant_select.asgi import AsyncRequestContext
from tenant_select.fastapi import TenantSelect, context, grant

SECURE = os.environ.get("INSECURE_COOKIES") != "1"  # browsers keep Secure cookies to https
client = AsyncClient()  # DESCOPE_PROJECT_ID
app = FastAPI()
TenantSelect(app, AsyncRequestAuthenticator(client, cookies={"secure": SECURE}))


@app.post("/login")  # The page's sign-in flow ends here with the refresh token that it got.
async def login(refresh_jwt: Annotated[str, Body(embed=True)], response: Response) -> dict[str, str]:
    try:
        signed_in = await client.refresh_session(refresh_jwt)
    except (AuthenticationError, InvalidInputError) as error:
        raise HTTPException(401) from error
    for cookie in signed_in.set_cookie_headers(secure=SECURE):
        response.headers.append("Set-Cookie", cookie)
    response.headers["Cache-Control"] = "no-store"
    return {"user": signed_in.session.user_id}


@app.post("/tenants/{tenant}/select")
async def select(tenant: str, context: Annotated[AsyncRequestContext, Depends(context)]) -> dict[str, str]:
    await context.switch(tenant)
    return {"tenant": tenant}


@app.post("/tenants/{tenant}/documents")
async def write(
    grant: Annotated[TenantGrant, Depends(grant("tenant", permissions=["documents.write"]))],
) -> dict[str, str]:
    return {"written_in": grant.tenant_id}
