"""Validation of a session token by libraries of others, in turn: the plan on standard input.

The key is parsed once, and the expected claims are checked as far as each library does it.
"""

from __future__ import annotations

from typing import Any

import jwt
from descope import DescopeClient
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import RSAKey

from load import Plan, read_plan, report
from repetition import batches

ALGORITHMS = ["RS256"]


def jwk_of(plan: Plan) -> dict[str, Any]:
    """Return the key of the session token."""
    kid = jwt.get_unverified_header(plan["fixture"]["sessionJwt"])["kid"]
    return next(key for key in plan["fixture"]["keys"]["keys"] if key["kid"] == kid)


def main() -> None:
    plan = read_plan()
    fixture = plan["fixture"]
    token, jwk = fixture["sessionJwt"], jwk_of(plan)
    pyjwt_key = jwt.PyJWK(jwk).key
    joserfc_key = RSAKey.import_key(jwk)
    claims = joserfc_jwt.JWTClaimsRegistry(exp={"essential": True})
    descope = DescopeClient(fixture["projectId"], base_url=fixture["baseUrl"])

    def with_pyjwt() -> Any:
        return jwt.decode(token, pyjwt_key, algorithms=ALGORITHMS, options={"require": ["exp"], "verify_aud": False})

    def with_joserfc() -> Any:
        verified = joserfc_jwt.decode(token, joserfc_key, algorithms=ALGORITHMS)
        claims.validate(verified.claims)
        return verified.claims

    def with_descope() -> Any:
        return descope.validate_session(token)

    libraries = {"pyjwt": with_pyjwt, "joserfc": with_joserfc, "descope": with_descope}
    for validate in libraries.values():
        assert validate()["sub"]
    report(batches(plan, {name: ("validate()", {"validate": call}) for name, call in libraries.items()}))


if __name__ == "__main__":
    main()
