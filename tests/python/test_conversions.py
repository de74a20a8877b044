"""Numbers and options of any making: what is of another type is a `TypeError`, and what the caller's own code raises is the caller's."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import AsyncClient, Client, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenant_select.testing import Emulator


class Failing:
    """A number that cannot be read for a reason of its own."""

    def __init__(self, failure: type[BaseException]) -> None:
        self.failure = failure

    def __float__(self) -> float:
        raise self.failure("of the caller")

    def __index__(self) -> int:
        raise self.failure("of the caller")


class Five:
    """A number of another making."""

    def __float__(self) -> float:
        return 5.0

    def __index__(self) -> int:
        return 5


def made_with(name: str, value: Any) -> list[Callable[[], object]]:
    """Return the ways to pass an option, none of which sends anything unless it is accepted."""
    options: dict[str, Any] = {name: value}

    def of_a_call() -> None:
        with Client("P1", environment={}) as client:
            client.me("a.b.c", **options)

    def of_an_async_call() -> None:
        asyncio.run(AsyncClient("P1", environment={}).me("a.b.c", **options))

    return [of_a_call, of_an_async_call, lambda: Client("P1", environment={}, **options)]


@pytest.mark.parametrize("option", ["timeout", "retries"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError, ValueError, ZeroDivisionError])
def test_what_the_code_of_a_number_raises_is_raised(option: str, failure: type[BaseException]) -> None:
    for make in made_with(option, Failing(failure)):
        with pytest.raises(failure, match="of the caller"):
            make()


@pytest.mark.parametrize(
    ("option", "says"), [("timeout", "timeout must be a number, not "), ("retries", "retries must be an int, not ")]
)
@pytest.mark.parametrize("value", [Failing(TypeError), "5", True, [5], object(), 5j])
def test_a_non_number_is_refused(option: str, says: str, value: object) -> None:
    for make in made_with(option, value):
        with pytest.raises(TypeError) as caught:
            make()
        assert str(caught.value) == says + type(value).__name__


@pytest.mark.parametrize("option", ["timeout", "retries"])
@pytest.mark.parametrize("value", [Failing(OverflowError), 10**400, -(10**400)])
def test_a_number_too_large_for_the_core_is_refused(option: str, value: Any) -> None:
    for make in made_with(option, value):
        with pytest.raises(InvalidInputError) as caught:
            make()
        assert caught.value.argument == option


@pytest.mark.parametrize("timeout", [Decimal("5.5"), Fraction(11, 2), Five(), 5])
def test_number_like_objects_are_accepted(emulator: Emulator, refresh_jwt: str, timeout: Any) -> None:
    with emulator.client(timeout=timeout, retries=Five()) as client:  # type: ignore[arg-type]
        assert client.me(refresh_jwt, timeout=timeout, retries=Five()).name == "Ada Lovelace"  # type: ignore[arg-type]


@pytest.mark.parametrize("cls", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("says", "options"),
    [
        ("project_id must be a str, not int", {"project_id": 7}),
        ("base_url must be a str, not bytes", {"base_url": b"https://example.com"}),
        ("auth_management_key must be a str, not int", {"auth_management_key": 7}),
        ("retry_unknown must be a bool, not str", {"retry_unknown": "always"}),
        ("connect_timeout must be a number, not str", {"connect_timeout": "3"}),
        ("leeway must be an int, not float", {"leeway": 5.0}),
        ("max_token_bytes must be an int, not Decimal", {"max_token_bytes": Decimal(2048)}),
        ("verify must be a bool, not str", {"verify": "yes"}),
        ("allow_http must be a bool, not int", {"allow_http": 1}),
        ("headers must be a mapping, not str", {"headers": "x: y"}),
        ("headers must map str to str, not str to int", {"headers": {"x": 7}}),
        ("headers must map str to str, not int to str", {"headers": {7: "x"}}),
        ("ca_file must be a str, not bytes", {"ca_file": b"ca.pem"}),
    ],
)
def test_an_option_that_is_not_of_its_type(cls: type[Client], says: str, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as caught:
        cls(**{"project_id": "P1", **options}, environment={})
    assert str(caught.value) == says
