"""What holds for any input: models, cookies, options, tokens, requests."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

import pytest
import tenant_select
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tenant_select import Client, InvalidInputError, InvalidTokenError, JWTResponse, Tenant, TenantSelectError, User

PROJECT = "P2propertyTests000000000001"
KEY = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

settings.register_profile(
    "suite",
    max_examples=1000 if os.environ.get("TENANT_SELECT_SOAK") else 100,
    deadline=None,
    derandomize=not os.environ.get("TENANT_SELECT_SOAK"),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")

# What JSON can say: integers in 64 bits, and neither NaN nor infinity nor half of a surrogate pair.
texts = st.text(st.characters(codec="utf-8"), max_size=20)
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
anything = st.recursive(
    scalars | st.binary(max_size=8) | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# Names of fields that this version does not know.
unknown = st.dictionaries(
    texts.map(lambda name: f"x_{name}"), values.filter(lambda value: value is not None), max_size=4
)
ids = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)
tokens = st.tuples(ids, ids, ids).map(".".join)


@pytest.fixture(scope="module")
def offline() -> Client:
    return Client(PROJECT, public_key=json.dumps(KEY), base_url="http://127.0.0.1:1")


def same(data: object, other: object) -> bool:
    """Say whether two values are the same JSON, in which 1 is not true and 1.0 not 1."""
    return json.dumps(data, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize("model", [User, Tenant])
@given(attributes=st.dictionaries(texts, values, max_size=4), extra=unknown)
def test_a_model_gives_the_json_that_it_was_made_of(
    model: type[User | Tenant], attributes: dict[str, Any], extra: dict[str, Any]
) -> None:
    data = {"name": "Ada", "customAttributes": attributes, **extra}
    made = model.from_dict(data)
    assert same(made.to_dict(), data)
    assert model.from_dict(made.to_dict()) == made
    assert same(made.custom_attributes, attributes)


@given(
    data=st.dictionaries(st.sampled_from(["userId", "name", "loginIds", "TOTP", "createdTime", "OAuth", "x"]), anything)
)
def test_data_that_is_no_model_is_a_wrong_argument(data: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidInputError):
        user = User.from_dict(data)
        assert User.from_dict(user.to_dict()) == user


@given(session=tokens, refresh=tokens, age=st.integers(-(2**63), 2**63 - 1), names=st.tuples(ids, ids))
def test_cookies_are_read_as_they_were_written(session: str, refresh: str, age: int, names: tuple[str, str]) -> None:
    own, other = (f"S{names[0]}", f"R{names[1]}")
    client = Client(PROJECT, session_cookie_name=own, refresh_cookie_name=other)
    data = {
        "sessionJwt": session,
        "refreshJwt": refresh,
        "cookieName": other,
        "sessionCookieName": own,
        "cookieMaxAge": age,
    }
    headers = JWTResponse.from_dict(data).set_cookie_headers()
    pairs = [header.split(";")[0] for header in headers]
    read = client.tokens_from_request("; ".join(pairs), None)
    assert (read.session_jwt, read.refresh_jwt) == (session, refresh)
    assert all(header.isascii() and header.isprintable() for header in headers)


@given(
    data=st.dictionaries(
        st.sampled_from(["sessionJwt", "cookieDomain", "cookiePath", "cookieName", "refreshJwt"]), texts
    )
)
def test_cookies_are_headers_or_an_error(data: dict[str, str]) -> None:
    try:
        headers = JWTResponse.from_dict(data).set_cookie_headers()
    except TenantSelectError:
        return
    assert all(header.isascii() and header.isprintable() and "; Secure; HttpOnly" in header for header in headers)


OPTIONS = ["base_url", "timeout", "connect_timeout", "retries", "leeway", "verify", "public_key", "headers", "audience"]


def made_or_refused(options: dict[str, Any]) -> None:
    """Make a client; an error has to name one of the options and to say that nothing was sent."""
    refused: Exception | None = None
    try:
        Client(**options).close()
    except (TypeError, InvalidInputError) as error:
        refused = error
    if refused is None:
        return
    if isinstance(refused, InvalidInputError):
        assert refused.argument is not None
        assert (refused.outcome, refused.retryable) == ("not_sent", False)
    else:
        assert str(refused).split(" ")[0].split("[")[0] in options


@given(options=st.dictionaries(st.sampled_from(OPTIONS), anything, max_size=3), project=anything)
def test_options_are_accepted_or_named(options: dict[str, Any], project: Any) -> None:
    made_or_refused({"project_id": PROJECT, **options})
    made_or_refused({"project_id": project})


@given(token=st.text(max_size=60) | tokens)
def test_no_text_is_a_valid_token(offline: Client, token: str) -> None:
    with pytest.raises((InvalidTokenError, InvalidInputError)) as caught:
        offline.validate_session(token)
    assert caught.value.outcome == "not_sent"
    assert len(token) < 12 or token not in f"{caught.value!r}{caught.value}"


@given(cookie=st.text(max_size=60), authorization=st.none() | st.text(max_size=40))
def test_any_header_of_a_request_is_read(offline: Client, cookie: str, authorization: str | None) -> None:
    read = offline.tokens_from_request(cookie, authorization)
    assert isinstance(read, tenant_select.RequestTokens)
    assert all(token is None or token for token in (read.session_jwt, read.refresh_jwt))
