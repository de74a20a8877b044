"""Flask: sign in, switch the tenant, and protect an endpoint by tenant and permission.

$ pip install tenant-select flask
$ flask --app flask_app run
$ INSECURE_COOKIES=1 flask --app flask_app run  # DEVELOPMENT ONLY, over plain http
"""

import os

from flask import Flask, Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue
from tenant_select import Client, JWTResponse, Session, TenantSelectError

STATUS = dict(AUTHENTICATION=401, INVALID_TOKEN=401, PERMISSION_DENIED=403, INVALID_INPUT=400, RATE_LIMITED=429)
client = Client()  # DESCOPE_PROJECT_ID
SECURE = os.environ.get("INSECURE_COOKIES") != "1"  # browsers keep Secure cookies to https
app = Flask(__name__)


@app.after_request
def set_cookies(response: Response) -> Response:
    """Cookies go with refusals too: a refresh token that was replaced is good for nothing."""
    exchanged: JWTResponse | None = g.get("exchanged")
    if exchanged is not None:
        response.headers["Cache-Control"] = "no-store"
        for cookie in exchanged.set_cookie_headers(secure=SECURE):
            response.headers.add("Set-Cookie", cookie)
    return response


@app.errorhandler(TenantSelectError)
def failed(error: TenantSelectError) -> ResponseReturnValue:
    status = 401 if error.argument == "refresh_jwt" else STATUS.get(error.code, 502)
    return jsonify(code=error.code, outcome=error.outcome), status


@app.post("/login")  # The page's sign-in flow ends here with the refresh token that it got.
def login() -> ResponseReturnValue:
    match request.get_json(silent=True):
        case {"refresh_jwt": str(refresh_jwt)}:
            g.exchanged = exchanged = client.refresh_session(refresh_jwt)
            return jsonify(user=exchanged.session.user_id)
        case _:
            return jsonify(detail="Bad Request"), 400


@app.post("/tenants/<tenant>/select")
def select(tenant: str) -> ResponseReturnValue:
    refresh_jwt = client.tokens_from_request(request.headers.get("Cookie")).refresh_jwt
    g.exchanged = client.select_tenant(tenant, refresh_jwt or "")
    return jsonify(tenant=tenant)


def writer(tenant: str) -> Session:
    """Let through who is signed in, acts in the tenant of the path and may write there."""
    tokens = client.tokens_from_request(request.headers.get("Cookie"), request.headers.get("Authorization"))
    checked = client.validate_and_refresh(tokens.session_jwt, tokens.refresh_jwt or "")
    g.exchanged, grant = checked.response, checked.session.active_tenant
    if grant is None or grant.tenant_id != tenant or not grant.has_permissions(["documents.write"]):
        abort(403)
    return checked.session


@app.post("/tenants/<tenant>/documents")
def write(tenant: str) -> ResponseReturnValue:
    return jsonify(written_by=writer(tenant).user_id)
