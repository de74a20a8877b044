"""`typing.get_type_hints` evaluates the annotations of everything public, as frameworks do that read them."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import types
import typing
from typing import TYPE_CHECKING, Any

import pytest
import tenant_select
from tenant_select import AsyncClient, Client, JWTResponse, Session, TenantSelectError

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = ["tenant_select", "tenant_select.errors", "tenant_select.testing", "tenant_select.testing.pytest_plugin"]


def members(cls: type, place: str) -> Iterator[tuple[str, Any]]:
    """Return the class, and what its own classes define: functions, native methods and the getters of properties."""
    yield place, cls
    for base in cls.__mro__:
        if not base.__module__.startswith("tenant_select"):
            continue
        for name, member in vars(base).items():
            inner = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
            inner = inner.fget if isinstance(inner, property) else inner
            # Nothing evaluates those of a native class method, which is a descriptor here.
            if inspect.isroutine(inner) and not isinstance(inner, types.ClassMethodDescriptorType):
                yield f"{place}.{name}", inner


def public_objects() -> dict[str, Any]:
    """Find everything that the public modules list, and what their classes have."""
    found: dict[str, Any] = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            value, place = getattr(module, name), f"{module.__name__}.{name}"
            if inspect.isclass(value):
                found |= members(value, place)
            elif inspect.isfunction(value):
                found[place] = value
    return found


PUBLIC = public_objects()


@pytest.mark.parametrize("name", PUBLIC)
def test_the_annotations_of_everything_public_evaluate(name: str) -> None:
    hints = typing.get_type_hints(PUBLIC[name])
    assert set(hints) == set(getattr(PUBLIC[name], "__annotations__", hints)) or inspect.isclass(PUBLIC[name])


@pytest.mark.parametrize("name", ["select_tenant", "__init__", "__enter__", "project_id", "__reduce__"])
def test_what_is_public_was_found(name: str) -> None:
    assert f"tenant_select.Client.{name}" in PUBLIC
    assert len(PUBLIC) > 200


def test_hints_are_the_types() -> None:
    for cls in (Client, AsyncClient):
        hints = typing.get_type_hints(cls.select_tenant)
        assert hints["return"] is JWTResponse
        assert hints["retry_unknown"] == bool | None
    assert typing.get_type_hints(JWTResponse)["claims"] == dict[str, Any] | None
    assert typing.get_type_hints(JWTResponse)["session_or_none"] == Session | None
    assert typing.get_type_hints(TenantSelectError)["outcome"] == tenant_select.Outcome
    assert typing.get_type_hints(TenantSelectError)["response"] == JWTResponse | None


def test_they_evaluate_where_nothing_else_has_loaded_what_they_name() -> None:
    """As in a program without type checkers' packages, before any call and before `typing` itself."""
    program = (
        "import sys; sys.modules['typing_extensions'] = None; import tenant_select; loaded = 'typing' in sys.modules\n"
        "import typing; assert typing.get_type_hints(tenant_select.Client.__enter__)['return']\n"
        "typing.get_type_hints(tenant_select.JWTResponse); typing.get_type_hints(tenant_select.Client.my_tenants)\n"
        "assert not loaded\n"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_name_that_is_no_type_is_an_attribute_error() -> None:
    from tenant_select import _types  # noqa: PLC0415

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = _types.Nothing  # type: ignore[attr-defined]
