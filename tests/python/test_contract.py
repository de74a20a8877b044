"""The runner of the cases detects what it must detect."""

from __future__ import annotations

from typing import Any

import pytest
from tenant_select import User

from contract.canonical import compare_attributes
from contract.difference import differences
from contract.names import camel, snake
from contract.runner import compared, leaks, server_problems


@pytest.mark.parametrize(
    ("expected", "actual", "seen"),
    [
        ({"a": [1, None]}, {"a": [1, None]}, []),
        (1, True, ["x: true, expected 1"]),
        (1, 1.0, ["x: 1.0, expected 1"]),
        (None, {}, ["x: {}, expected null"]),
        ({"a": 1}, {}, ["x.a: missing, expected 1"]),
        ({}, {"a": None}, ["x.a: not expected, but is null"]),
        ({"a": [1]}, {"a": [1, 2]}, ["x.a: [1, 2], expected [1]"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["x.a[0].b: 2, expected 1"]),
    ],
)
def test_every_difference_is_named_with_its_place(expected: Any, actual: Any, seen: list[str]) -> None:
    assert list(differences("x", expected, actual)) == seen


def test_a_result_where_an_error_was_expected_is_a_problem() -> None:
    assert list(compared({"error": {"code": "SERVER"}}, {"value": {}}))
    assert list(compared({"value": {}}, {"error": {"code": "SERVER"}}))
    assert list(compared({"value": {}, "cookies": []}, {"value": {}}))
    assert not list(compared({"value": {}}, {"value": {}, "http": {}}))


def test_what_the_server_saw_is_a_problem() -> None:
    assert not list(server_problems({"problems": [], "complete": True, "requests": []}))
    assert list(server_problems({"problems": ["p"], "complete": True, "requests": []})) == ["server: p"]
    assert list(server_problems({"problems": [], "complete": False, "requests": []}))


def test_a_printed_token_is_a_problem() -> None:
    token = f"eyJhbGciOiJSUzI1NiJ9.{'c' * 40}.{'s' * 40}"
    assert list(leaks({"arguments": {"refreshJwt": token}}, f"JWTResponse({'s' * 40})"))
    assert not list(leaks({"arguments": {"refreshJwt": token}}, "JWTResponse(session_jwt=[redacted])"))


def test_attributes_equal_the_wire_fields() -> None:
    user = User.from_dict({"userId": "U1", "createdTime": 7})
    compare_attributes(user, user.to_dict())
    for wrong in ({"userId": "U2", "createdTime": 7}, {"userId": "U1"}, {"userId": "U1", "createdTime": 7, "x": 1}):
        with pytest.raises(AssertionError):
            compare_attributes(user, wrong)


def test_names_map_in_both_directions() -> None:
    assert [snake(name) for name in ("refreshJwt", "ids", "activeOnly")] == ["refresh_jwt", "ids", "active_only"]
    assert [camel(name) for name in ("refresh_jwt", "timeout", "public_key", None)] == [
        "refreshJwt",
        "timeoutSeconds",
        "publicKey",
        None,
    ]
