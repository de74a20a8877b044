"""No frame of the package holds a secret argument, and none of a coroutine that was not stepped yet."""

from __future__ import annotations

import asyncio
import copy
import functools
import gc
import inspect
import io
import pickle
import sys
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from tenant_select import AsyncClient, Client, TenantSelectError
from tenant_select._native import redact_arguments

from contract.names import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from types import FrameType, TracebackType

    from tenant_select.testing import Emulator

SECRETS = {"refresh_jwt", "session_jwt", "external_token", "cookie_header", "authorization", "headers"}
PLAIN = {"tenant_id": "acme", "expect_tenant": "acme", "audience": "audience", "ids": ["acme"]}
AWAITED = sorted(set(OPERATIONS.values()) - {"tokens_from_request"})


def secret(name: str) -> str:
    """Return a token-shaped value that is found wherever it is shown, and is sent by no test."""
    return f"eyJhbGciOiJSUzI1NiJ9.{name.replace('_', '-')}-{'s' * 40}.sig"


def assert_shows_no_secret(text: str) -> None:
    for name in SECRETS:
        assert secret(name).split(".")[1] not in text


def arguments(operation: str, *, by_keyword: bool) -> tuple[list[Any], dict[str, Any]]:
    """Return every argument of an operation that is or belongs to a secret, in one way of giving them."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, parameter in inspect.signature(getattr(Client, operation)).parameters.items():
        if name in SECRETS or (name in PLAIN and parameter.default is parameter.empty):
            value: Any = secret(name) if name in SECRETS else PLAIN[name]
            value = {"x-device": value} if name == "headers" else value
            if by_keyword or parameter.kind is parameter.KEYWORD_ONLY:
                named[name] = value
            else:
                positional.append(value)
    assert {secret(name) for name in SECRETS} & {
        value for value in (*positional, *named.values()) if isinstance(value, str)
    }
    return positional, named


@pytest.fixture(params=[False, True], ids=["positional", "keyword"])
def way(request: pytest.FixtureRequest) -> bool:
    """How arguments are given."""
    return bool(request.param)


def started(client: AsyncClient, operation: str, *, by_keyword: bool) -> Coroutine[Any, Any, Any]:
    positional, named = arguments(operation, by_keyword=by_keyword)
    coroutine: Coroutine[Any, Any, Any] = getattr(client, operation)(*positional, **named)
    return coroutine


def everything_of(frame: FrameType) -> str:
    """Show the local variables of a frame as crash reporters do: their text, and what their values are made of."""
    shown: list[str] = []
    for name, value in frame.f_locals.items():
        shown.append(f"{name} = {value!r} {value!s}")
        if type(value).__module__.startswith("tenant_select"):
            for attribute in dir(value):
                member = getattr(value, attribute, None)
                if not callable(member):
                    shown.append(f"{name}.{attribute} = {member!r}")
    return "\n".join(shown)


def outside_of_this_file(tb: TracebackType | None) -> Iterator[FrameType]:
    """Return the frames of a traceback but for those of the test, whose local variables are its own."""
    return (frame for frame, _ in traceback.walk_tb(tb) if frame.f_code.co_filename != __file__)


def shown_by(error: BaseException) -> str:
    """Return the tracebacks of an error and of those beneath, with local variables."""
    text = io.StringIO()
    told: BaseException | None = error
    frames = 0
    while told is not None:
        for frame in outside_of_this_file(told.__traceback__):
            frames += frame.f_globals.get("__name__", "").startswith("tenant_select")
            text.write(everything_of(frame))
        summary = traceback.TracebackException.from_exception(told, capture_locals=True)
        own = [entry for entry in summary.stack if entry.filename != __file__]
        text.write("".join(traceback.StackSummary.from_list(own).format()))
        text.write(repr([entry.locals for entry in own]) + repr(told))
        told = told.__cause__ or told.__context__
    assert frames, "the frames that this is about are there"
    return text.getvalue()


@pytest.mark.parametrize("operation", AWAITED)
def test_an_unstepped_coroutine_holds_no_secret(async_client: AsyncClient, operation: str, *, way: bool) -> None:
    coroutine = started(async_client, operation, by_keyword=way)
    frame = coroutine.cr_frame  # type: ignore[attr-defined]
    shown = everything_of(frame)
    assert "[redacted]" in shown
    assert_shows_no_secret(shown + repr(coroutine) + str(coroutine))
    with pytest.raises(asyncio.CancelledError) as caught:
        coroutine.throw(asyncio.CancelledError())
    assert_shows_no_secret(shown_by(caught.value))


@pytest.mark.parametrize("operation", AWAITED)
def test_a_task_that_is_cancelled_before_its_first_step(
    async_client: AsyncClient, operation: str, *, way: bool
) -> None:
    async def by_wait_for() -> None:
        await asyncio.wait_for(asyncio.ensure_future(started(async_client, operation, by_keyword=way)), 0)

    async def by_cancelling() -> None:
        task = asyncio.create_task(started(async_client, operation, by_keyword=way))
        assert_shows_no_secret(repr(task))
        task.cancel()
        await task

    for end in (by_wait_for, by_cancelling):
        with pytest.raises((asyncio.CancelledError, asyncio.TimeoutError)) as caught:
            asyncio.run(end())
        assert_shows_no_secret(shown_by(caught.value))


@pytest.mark.parametrize("operation", AWAITED)
def test_a_coroutine_that_waits_holds_no_secret(emulator: Emulator, operation: str, *, way: bool) -> None:
    """Of the operations that send something; a token that is refused locally fails at the first step."""
    emulator.fault("/v*", "stall", times=None)

    async def main() -> None:
        async with emulator.async_client() as client:
            coroutine = started(client, operation, by_keyword=way)
            task = asyncio.create_task(coroutine)
            await asyncio.sleep(0)
            frame = coroutine.cr_frame  # type: ignore[attr-defined]
            shown = everything_of(frame) if frame else "[redacted]"
            for frame in task.get_stack():
                shown += everything_of(frame)
            assert "[redacted]" in shown
            assert_shows_no_secret(shown)
            task.cancel()
            await task

    with pytest.raises((asyncio.CancelledError, TenantSelectError)) as caught:
        asyncio.run(main())
    assert_shows_no_secret(shown_by(caught.value))


@pytest.mark.parametrize("operation", AWAITED)
@pytest.mark.parametrize("option", [{"timeout": 0.000_001}, {"retries": "many"}, {"timeout": -1}])
def test_a_sync_call_that_fails(emulator: Emulator, operation: str, option: dict[str, Any], *, way: bool) -> None:
    emulator.fault("/v*", "stall", times=None)
    positional, named = arguments(operation, by_keyword=way)
    with emulator.client() as client, pytest.raises((TenantSelectError, TypeError)) as caught:
        getattr(client, operation)(*positional, **named, **option)
    assert_shows_no_secret(shown_by(caught.value))


@pytest.mark.parametrize("name", ["cookie_header", "authorization"])
@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_tokens_from_request_that_fails(cls: type[Client], name: str, *, way: bool) -> None:
    client = cls("P1", environment={})
    other = {"cookie_header", "authorization"} - {name}
    named: dict[str, Any] = {name: secret(name), other.pop(): 7}
    positional = [] if way else [named.pop("cookie_header"), named.pop("authorization")]
    with pytest.raises(TypeError, match="must be a str, not int") as caught:
        client.tokens_from_request(*positional, **named)
    assert_shows_no_secret(shown_by(caught.value))


@pytest.mark.parametrize("operation", AWAITED)
def test_a_tracer_sees_no_secret_of_a_coroutine(async_client: AsyncClient, operation: str, *, way: bool) -> None:
    """Debuggers and profilers look at a frame before its first statement."""
    seen: list[str] = []

    def trace(frame: FrameType, event: str, _: object) -> None:
        if frame.f_globals.get("__name__", "").startswith("tenant_select"):
            seen.append(f"{event} {frame.f_code.co_name} {everything_of(frame)}")

    async def main() -> None:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            await asyncio.wait_for(started(async_client, operation, by_keyword=way), 0.001)
        finally:
            sys.settrace(before)

    with pytest.raises((TenantSelectError, asyncio.TimeoutError)):
        asyncio.run(main())
    assert any(f"call {operation} " in entry for entry in seen)
    assert_shows_no_secret("\n".join(seen))


@pytest.mark.filterwarnings("always::RuntimeWarning")
@pytest.mark.parametrize("operation", AWAITED)
def test_a_coroutine_that_is_never_awaited_is_warned_of(async_client: AsyncClient, operation: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _ = started(async_client, operation, by_keyword=False)
        del _
        gc.collect()
    (warning,) = [str(warning.message) for warning in caught if issubclass(warning.category, RuntimeWarning)]
    assert warning == f"coroutine 'AsyncClient.{operation}' was never awaited"


@pytest.mark.parametrize("operation", AWAITED)
def test_operations_look_like_the_functions_that_they_are(async_client: AsyncClient, operation: str) -> None:
    method = getattr(async_client, operation)
    for one in (method, getattr(AsyncClient, operation), functools.partial(method, "x")):
        assert inspect.iscoroutinefunction(one)
    assert inspect.ismethod(method)
    assert inspect.isroutine(getattr(AsyncClient, operation))
    assert (method.__name__, method.__qualname__) == (operation, f"AsyncClient.{operation}")
    assert method.__module__ == "tenant_select._async_client"
    assert (
        list(inspect.signature(method).parameters)
        == list(inspect.signature(getattr(AsyncClient, operation)).parameters)[1:]
    )
    coroutine = started(async_client, operation, by_keyword=False)
    assert inspect.iscoroutine(coroutine)
    coroutine.close()


def test_arguments_are_checked_when_the_coroutine_is_awaited(async_client: AsyncClient) -> None:
    """What does not fit the signature at once, everything else when the coroutine is awaited."""
    for wrong in ((), ("token", "another")):
        with pytest.raises(TypeError, match="argument"):
            _ = async_client.me(*wrong)
    coroutine = async_client.me(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="refresh_jwt must be a str, not int"):
        asyncio.run(coroutine)


def test_arguments_of_the_caller_are_not_changed(emulator: Emulator, refresh_jwt: str) -> None:
    """A dict of arguments among it, such as the one of a partial."""
    given: dict[str, Any] = {"refresh_jwt": refresh_jwt}
    client = emulator.async_client()
    calls: list[Callable[[], Coroutine[Any, Any, Any]]] = [
        functools.partial(AsyncClient.me, client, **given),
        functools.partial(client.me, **given),
        lambda: client.me(**given),
        lambda: AsyncClient.me(client, **given),
    ]
    for call in calls:
        for _ in range(2):
            assert asyncio.run(call()).name == "Ada Lovelace"
        assert getattr(call, "keywords", given) == given == {"refresh_jwt": refresh_jwt}


def test_subclasses_and_mocks(emulator: Emulator, refresh_jwt: str) -> None:
    from unittest import mock  # noqa: PLC0415

    class Own(AsyncClient):
        async def me(self, refresh_jwt: str, **options: Any) -> Any:
            return await super().me(refresh_jwt, **options)

    async def main() -> None:
        async with Own(**options) as client:
            assert (await client.me(refresh_jwt)).name == "Ada Lovelace"

    options: dict[str, Any] = {"environment": emulator.environment}
    asyncio.run(main())
    for stand_in in (mock.MagicMock(spec=AsyncClient), mock.create_autospec(AsyncClient, instance=True)):
        stand_in.me.return_value = "Ada"
        assert asyncio.run(stand_in.me("token")) == "Ada"
        stand_in.me.assert_awaited_once_with("token")


def test_a_decorated_function_must_have_the_arguments() -> None:
    async def function(token: str) -> str:
        return token

    with pytest.raises(TypeError, match="there is no argument other"):
        redact_arguments(function, ("other",))
    value: object = asyncio.run(redact_arguments(function, ("token",))("secret"))
    assert repr(value) == "[redacted]"
    with pytest.raises(TypeError):
        pickle.dumps(value)
    with pytest.raises(TypeError):
        copy.deepcopy(value)
