"""What exceptions are besides their attributes: values that can be named, copied, pickled and caught as what they also are."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
from tenant_select import (
    APIConnectionError,
    AuthenticationError,
    Client,
    InvalidInputError,
    TenantSelectError,
    errors,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CLASSES = list(errors.BY_CODE.values())
ATTRIBUTES: dict[str, Any] = {
    "operation": "select_tenant",
    "outcome": "unknown",
    "retryable": True,
    "attempts": 3,
    "status": 503,
    "error_code": "E011003",
    "error_description": "later",
    "error_message": "please",
    "retry_after": 1.5,
    "request_id": "q1",
    "argument": "timeout",
    "path": "user.name",
}


@pytest.mark.parametrize("cls", CLASSES)
def test_it_is_found_at_the_documented_places(cls: type[TenantSelectError]) -> None:
    assert getattr(importlib.import_module(cls.__module__), cls.__qualname__) is cls
    assert getattr(tenant_select, cls.__name__) is cls
    assert issubclass(cls, TenantSelectError)


def pickled(protocol: int, error: TenantSelectError) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))


@pytest.mark.parametrize("cls", CLASSES)
def test_copies_and_pickles_are_the_same_error(cls: type[TenantSelectError]) -> None:
    error = cls("what happened", **ATTRIBUTES)
    error.__notes__ = ["seen here"]  # type: ignore[attr-defined] # what `add_note` does, from Python 3.11 on
    ways: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy]
    ways += [partial(pickled, protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]
    for way in ways:
        again = way(error)
        assert type(again) is cls
        assert (str(again), again.args, again.code) == ("what happened", ("what happened",), cls.code)
        assert again.__dict__ == error.__dict__
        assert {name: getattr(again, name) for name in ATTRIBUTES} == ATTRIBUTES
        with pytest.raises(cls):
            raise again


def test_a_copy_is_independent_of_the_original() -> None:
    error = TenantSelectError("what happened")
    error.__notes__ = ["seen here", error]  # type: ignore[attr-defined]
    shallow, deep = copy.copy(error), copy.deepcopy(error)
    assert shallow.__notes__ is error.__notes__  # type: ignore[attr-defined]
    assert deep.__notes__[0] == "seen here"  # type: ignore[attr-defined]
    assert deep.__notes__[1] is deep  # type: ignore[attr-defined]
    shallow.attempts = deep.attempts = 7
    assert error.attempts == 0


def test_attributes_without_a_value_are_none() -> None:
    error = TenantSelectError("what happened")
    assert {name: getattr(error, name) for name in [*ATTRIBUTES, "response"]} == {
        **dict.fromkeys([*ATTRIBUTES, "response"]),
        "outcome": "not_sent",
        "retryable": False,
        "attempts": 0,
    }


def test_help_lists_every_attribute() -> None:
    told = inspect.getdoc(TenantSelectError) or ""
    for name in inspect.get_annotations(TenantSelectError):
        assert f"\n    {name}: " in told, name


def test_a_user_defined_subclass_keeps_its_attributes() -> None:
    error = OwnError("what happened", status=401)
    error.hint = "sign in again"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.status, again.hint) == (OwnError, 401, "sign in again")


class OwnError(AuthenticationError):
    """As applications derive them."""

    hint: str


def test_an_error_outside_operations_names_no_operation(client: Client, refresh_jwt: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Client("not a project", environment={})
    assert caught.value.operation is None
    response = client.select_tenant("acme", refresh_jwt)
    for wrong in ("a b", "lone \ud800"):
        with pytest.raises(InvalidInputError) as caught:
            response.set_cookie_headers(domain=wrong)
        assert (caught.value.argument, caught.value.operation) == ("domain", None)


def test_errors_chain_their_causes(refresh_jwt: str) -> None:
    """So that a traceback says which network error it was."""
    with (
        Client("P1", base_url="http://127.0.0.1:9", retries=0, environment={}) as client,
        pytest.raises(ConnectionError) as caught,
    ):
        client.me(refresh_jwt)
    assert isinstance(caught.value, APIConnectionError)
    assert isinstance(caught.value.__cause__, errors.UnderlyingError)
    text = "".join(traceback.format_exception(caught.value))
    assert "direct cause of the following exception" in text
    assert "Connection refused" in text
    assert text.splitlines()[-1].startswith("tenant_select.errors.APIConnectionError: me: ")
