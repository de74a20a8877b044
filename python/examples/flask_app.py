"""Flask: sign in, switch the tenant, and protect an endpoint by tenant and permission.

$ pip install tenant-select flask
$ flask --app flask_app run
$ INSECURE_COOKIES=1 flask --app flask_app run  # DEVELOPMENT ONLY, over plain http
"""

import os

from flask import Flask, abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from tenant_select import AuthenticationError, Client, InvalidInputError, RequestAuthenticator
from tenant_select.flask import TenantSelect, context, tenant_required

SECURE = os.environ.get("INSECURE_COOKIES") != "1"  # browsers keep Secure cookies to https
client = Client()  # DESCOPE_PROJECT_ID
app = Flask(__name__)
TenantSelect(app, RequestAuthenticator(client, cookies={"secure": SECURE}))


@app.post("/login")  # The page's sign-in flow ends here with the refresh token that it got.
def login() -> ResponseReturnValue:
    match request.get_json(silent=True):
        case {"refresh_jwt": str(refresh_jwt)}:
            pass
        case _:
            abort(400)
    try:
        signed_in = client.refresh_session(refresh_jwt)
    except (AuthenticationError, InvalidInputError):
        abort(401)
    response = jsonify(user=signed_in.session and signed_in.session.user_id)
    for cookie in signed_in.set_cookie_headers(secure=SECURE):
        response.headers.add("Set-Cookie", cookie)
    response.headers["Cache-Control"] = "no-store"
    return response


@app.post("/tenants/<tenant>/select")
def select(tenant: str) -> ResponseReturnValue:
    context().switch(tenant)
    return jsonify(tenant=tenant)


@app.post("/tenants/<tenant>/documents")
@tenant_required("tenant", permissions=["documents.write"])
def write(tenant: str) -> ResponseReturnValue:
    return jsonify(written_in=tenant, written_by=g.tenant_session.user_id)
