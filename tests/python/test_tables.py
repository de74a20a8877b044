"""Tables that stand in two places say the same in both."""

from __future__ import annotations

import importlib
import inspect
from typing import Any, get_args, get_type_hints

import pytest
import tenant_select
from tenant_select import AsyncClient, AsyncRequestAuthenticator, Client, RequestAuthenticator, _native, errors
from tenant_select.testing import ClientOptions

from contract.names import NAMES, OPERATIONS, OPTIONS, PER_CALL

KIT = [
    "tenant_select.testing",
    "tenant_select.testing.emulator",
    "tenant_select.testing.types",
    "tenant_select.testing.pytest_plugin",
]


def test_every_kind_of_the_core_has_a_class_and_no_class_is_left_over() -> None:
    assert set(errors.BY_CODE) == set(_native.ERROR_CODES)
    classes = {
        cls for cls in vars(errors).values() if inspect.isclass(cls) and issubclass(cls, errors.TenantSelectError)
    }
    assert set(errors.BY_CODE.values()) == classes - {errors.TenantSelectError}


def test_attributes_of_errors_are_those_of_the_core() -> None:
    """Each is annotated, documented and taken by the constructor, and the exceptions have no other."""
    names = [row["python"] for row in NAMES["errorAttributes"]]
    assert [row["core"] for row in NAMES["errorAttributes"]] == _native.ERROR_ATTRIBUTES
    assert list(inspect.get_annotations(errors.TenantSelectError)) == names
    parameters = list(inspect.signature(errors.TenantSelectError).parameters)
    assert set(parameters) == {"message", *names} - {"code"}
    assert set(errors.TenantSelectError("what happened").__dict__) == set(names) - {"code"}


def test_outcomes_are_those_of_the_core() -> None:
    assert set(get_args(errors.Outcome)) == set(NAMES["outcomes"]) == set(_native.OUTCOMES)


def test_refusal_codes_are_those_of_the_core() -> None:
    assert list(get_args(tenant_select.RefusalCode)) == _native.REFUSAL_CODES


def test_both_request_authenticators_have_the_same_methods_with_the_same_signatures() -> None:
    for name in ("__init__", "authenticate", "switch", "sign_out"):
        methods = (getattr(cls, name) for cls in (RequestAuthenticator, AsyncRequestAuthenticator))
        sync, other = map(inspect.signature, methods)
        assert sync == other


@pytest.mark.parametrize("row", NAMES["errors"], ids=lambda row: row["code"])
def test_error_classes_are_those_of_the_name_table(row: dict[str, Any]) -> None:
    cls = errors.BY_CODE[row["code"]]
    assert cls.__name__ == row["python"]
    assert [base.__name__ for base in cls.__bases__] == row["pythonBases"]
    assert getattr(tenant_select, cls.__name__) is cls


@pytest.mark.parametrize("row", NAMES["models"], ids=lambda row: row["wire"])
def test_models_have_the_attributes_of_the_name_table(row: dict[str, list[dict[str, str]]]) -> None:
    cls = getattr(tenant_select, str(row["python"]))
    declared = set(cls.__annotations__) - {"extra", "session", "session_or_none", "http", "next_refresh_at", "reused"}
    derived = {
        name for name in declared if name.removesuffix("_datetime") in cls.__annotations__ and "datetime" in name
    }
    assert declared - derived == {field["python"] for field in row["fields"]}
    times = {name for name in cls.__annotations__ if "in seconds since 1970" in getattr(cls, name).__doc__}
    assert derived == {f"{name}_datetime" for name in times}


@pytest.mark.parametrize("row", NAMES["models"], ids=lambda row: row["wire"])
def test_models_describe_to_pydantic_the_fields_of_the_name_table(row: dict[str, list[dict[str, str]]]) -> None:
    described = getattr(tenant_select, str(row["python"]))._wire_fields()
    assert {(wire, attribute) for wire, _, attribute in described} == {
        (field["wire"], field["python"]) for field in row["fields"]
    }


@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_operations_and_options_are_those_of_the_name_table(cls: type) -> None:
    assert set(OPERATIONS.values()) <= set(dir(cls))
    assert list(inspect.signature(cls).parameters)[:-3] == list(OPTIONS.values())
    for operation in set(OPERATIONS.values()) - {"tokens_from_request"}:
        assert list(inspect.signature(getattr(cls, operation)).parameters)[-len(PER_CALL) :] == list(PER_CALL.values())


def test_both_clients_have_the_same_operations_with_the_same_signatures() -> None:
    for name, method in inspect.getmembers(AsyncClient, inspect.iscoroutinefunction):
        sync_name = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__"}.get(name, name)
        assert inspect.signature(getattr(Client, sync_name)) == inspect.signature(method)
    sync = {name for name, _ in inspect.getmembers(Client, inspect.isroutine) if not name.startswith("_")}
    both = {name for name, _ in inspect.getmembers(AsyncClient, inspect.isroutine) if not name.startswith("_")}
    assert sync - {"close"} == both - {"aclose"}


def test_the_kit_takes_the_options_of_the_clients() -> None:
    parameters = inspect.signature(Client).parameters
    assert list(get_type_hints(ClientOptions)) == list(parameters)
    hints = get_type_hints(Client.__init__)
    assert get_type_hints(ClientOptions) == {name: hints[name] for name in parameters}


def public_objects() -> list[tuple[str, object]]:
    found = [(name, getattr(tenant_select, name)) for name in tenant_select.__all__ if not name.startswith("__")]
    return [(name, value) for name, value in found if inspect.isclass(value)]


@pytest.mark.parametrize(("name", "value"), public_objects())
def test_everything_public_is_documented_and_importable_by_its_name(name: str, value: type) -> None:
    assert value.__doc__
    module = inspect.getmodule(value)
    assert getattr(module, value.__qualname__) is value
    assert not value.__module__.endswith("_native")
    for attribute, member in vars(value).items():
        if not attribute.startswith("_") and (callable(member) or inspect.isdatadescriptor(member)):
            assert inspect.getdoc(getattr(value, attribute)), f"{name}.{attribute}"


def test_what_is_public_is_listed() -> None:
    assert tenant_select.__all__ == sorted(tenant_select.__all__)
    for name in errors.__all__:
        assert name == "UnderlyingError" or name in tenant_select.__all__


@pytest.mark.parametrize("name", ["tenant_select", "tenant_select.errors", *KIT])
def test_dir_lists_public_names(name: str) -> None:
    """A prompt completes from `dir`, which lists also what is loaded on first use."""
    module = importlib.import_module(name)
    assert set(module.__all__) <= set(dir(module))
    assert all(hasattr(module, public) for public in module.__all__)
