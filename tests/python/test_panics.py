"""A bug of ours is an `InternalError`, never a panic across the border, and harms nothing but its own call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from tenant_select import Client, InternalError, _native
from tenant_select._calls import run, run_async

if TYPE_CHECKING:
    from tenant_select._native import Call

native = cast("Any", _native)
pytestmark = pytest.mark.skipif(
    not hasattr(native, "_panicking_call"), reason="a release build has no faults on demand"
)


def panicking(client: Client) -> Call[object]:
    return cast("Call[object]", native._panicking_call(client._native))


def test_a_sync_call(client: Client, refresh_jwt: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InternalError) as caught:
        run(panicking(client), None)
    assert (caught.value.code, caught.value.outcome, caught.value.retryable) == ("INTERNAL", "unknown", False)
    assert caught.value.operation == "me"
    assert "on demand" in capfd.readouterr().err
    assert client.me(refresh_jwt).name == "Ada Lovelace"


def test_an_async_call(client: Client, refresh_jwt: str, capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        results = await asyncio.gather(*(run_async(panicking(client), None) for _ in range(10)), return_exceptions=True)
        assert {type(result) for result in results} == {InternalError}

    asyncio.run(main())
    assert capfd.readouterr().err.count("on demand") == 10
    assert client.me(refresh_jwt).name == "Ada Lovelace"


def test_a_function_that_sends_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InternalError) as caught:
        native._panicking_function()
    assert caught.value.outcome == "not_sent"
    capfd.readouterr()
