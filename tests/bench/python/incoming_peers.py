"""Checks of a request with a valid session by hand, with libraries of others, in turn: the plan on standard input.

The key is parsed once. Each check finds the cookie, verifies its token, and holds it against a tenant and a permission.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import jwt
from descope import DescopeClient
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import RSAKey

from load import read_plan, report
from repetition import batches
from tokens import ALGORITHMS, jwk_of

PERMISSION = "documents.write"


def main() -> None:
    plan = read_plan()
    fixture = plan["fixture"]
    tenant, jwk = fixture["tenant"], jwk_of(plan)
    (cookie,) = [value for name, value in fixture["requestHeaders"] if name == "cookie"]
    pyjwt_key = jwt.PyJWK(jwk).key
    joserfc_key = RSAKey.import_key(jwk)
    claims_registry = joserfc_jwt.JWTClaimsRegistry(exp={"essential": True})
    descope = DescopeClient(fixture["projectId"], base_url=fixture["baseUrl"])

    def allowed(claims: dict[str, Any]) -> bool:
        return claims["dct"] == tenant and PERMISSION in claims["tenants"][tenant]["permissions"]

    def with_pyjwt() -> bool:
        token = SimpleCookie(cookie)["DS"].value
        options: Any = {"require": ["exp"], "verify_aud": False}
        return allowed(jwt.decode(token, pyjwt_key, algorithms=ALGORITHMS, options=options))

    def with_joserfc() -> bool:
        verified = joserfc_jwt.decode(SimpleCookie(cookie)["DS"].value, joserfc_key, algorithms=ALGORITHMS)
        claims_registry.validate(verified.claims)
        return allowed(verified.claims)

    def with_descope() -> bool:
        cookies = SimpleCookie(cookie)
        session = descope.validate_and_refresh_session(cookies["DS"].value, cookies["DSR"].value)
        return descope.validate_tenant_permissions(session, tenant, [PERMISSION])

    checks = {"pyjwt": with_pyjwt, "joserfc": with_joserfc, "descope": with_descope}
    for name, check in checks.items():
        assert check(), name
    report(batches(plan, {name: ("check()", {"check": check}) for name, check in checks.items()}))


if __name__ == "__main__":
    main()
