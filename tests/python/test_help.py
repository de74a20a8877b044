"""What people read in `help()` and what editors show: every argument, result and error, and signatures that say it all."""

from __future__ import annotations

import inspect
import pydoc
import re
from typing import Any, is_typeddict

import pytest
import tenant_select
from tenant_select import AsyncClient, Client
from tenant_select._options import BaseClient
from tenant_select.testing import Emulator, emulator_binary

from contract.names import OPERATIONS

CALLS = [(cls, name) for cls in (Client, AsyncClient) for name in sorted(set(OPERATIONS.values()))]
# A dict has the methods of its built-in class.
PUBLIC = [
    value
    for name in tenant_select.__all__
    if inspect.isclass(value := getattr(tenant_select, name)) and not is_typeddict(value)
]


def section(name: str, of: Any) -> str:
    """Return one section of the documentation, as Google's style has them."""
    found = re.search(rf"^{name}:\n((?: .*\n?|\n)*)", inspect.getdoc(of) or "", re.MULTILINE)
    return found[1] if found else ""


def arguments(of: Any) -> list[str]:
    """Return the names that a call takes."""
    return [
        ("**" if parameter.kind is parameter.VAR_KEYWORD else "") + name
        for name, parameter in inspect.signature(of).parameters.items()
        if name != "self"
    ]


@pytest.mark.parametrize(("cls", "name"), CALLS)
def test_operations_document_arguments_results_errors_and_an_example(cls: type, name: str) -> None:
    operation = getattr(cls, name)
    told = re.findall(r"^    (\w+): ", section("Args", operation), re.MULTILINE)
    assert told == arguments(operation)
    for part in ("Returns", "Raises", "Example"):
        assert section(part, operation), part


@pytest.mark.parametrize(("cls", "name"), CALLS)
def test_documented_errors_of_an_operation_exist(cls: type, name: str) -> None:
    for error in re.findall(r"^    (\w+): ", section("Raises", getattr(cls, name)), re.MULTILINE):
        assert error == "TypeError" or issubclass(getattr(tenant_select, error), tenant_select.TenantSelectError)
    assert "TypeError: " in section("Raises", getattr(cls, name))


@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_options_are_keywords_and_document_their_variable(cls: type[BaseClient]) -> None:
    parameters = inspect.signature(cls).parameters
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    assert kinds.pop("project_id") is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert set(kinds.values()) == {inspect.Parameter.KEYWORD_ONLY}
    told = section("Args", BaseClient.__init__)
    assert re.findall(r"^    (\w+): ", told, re.MULTILINE) == list(parameters)
    without_variable = {"allow_http", "environment", "on_retry", "on_switch"}
    for name, text in re.findall(r"^    (\w+): ((?:.*\n?)(?:      .*\n?)*)", told, re.MULTILINE):
        assert ("_" in "".join(re.findall(r"``[A-Z_]+``", text))) == (name not in without_variable), name


@pytest.mark.parametrize("cls", [Client, AsyncClient])
def test_per_call_options_are_keywords(cls: type) -> None:
    for name in set(OPERATIONS.values()) - {"tokens_from_request"}:
        parameters = inspect.signature(getattr(cls, name)).parameters
        for option in ("timeout", "retries", "retry_unknown"):
            assert parameters[option].kind is inspect.Parameter.KEYWORD_ONLY
            assert parameters[option].default is None
            assert parameters[option].annotation != inspect.Parameter.empty


def test_per_call_options_document_the_bounds_of_the_client_options() -> None:
    def bounds(of: Any) -> dict[str, str]:
        told = section("Args", of).replace(",", "")
        found = re.findall(
            r"^    (timeout|retries): .*?(above 0 \d+ at most|\d+ to \d+)", told, re.MULTILINE | re.DOTALL
        )
        return dict(found)

    assert set(bounds(BaseClient.__init__)) == {"timeout", "retries"}
    for name in set(OPERATIONS.values()) - {"tokens_from_request"}:
        assert bounds(getattr(AsyncClient, name)) == bounds(BaseClient.__init__), name


@pytest.mark.parametrize("cls", PUBLIC)
def test_every_method_has_a_signature(cls: type) -> None:
    """Those of the native module too, which have to bring theirs along."""
    for name, _ in inspect.getmembers(cls, inspect.isroutine):
        if not name.startswith("_") and name not in dir(Exception):
            assert not {"args", "kwargs"} & set(arguments(getattr(cls, name))), name


@pytest.mark.parametrize("cls", [*PUBLIC, Emulator])
def test_help_shows_signatures_and_docstrings(cls: type) -> None:
    page = pydoc.plain(pydoc.render_doc(cls))
    where = "tenant_select.errors" if issubclass(cls, Exception) else "tenant_select"
    where = "tenant_select.testing.emulator" if cls is Emulator else where
    assert page.splitlines()[0].endswith(f": class {cls.__name__} in module {where}")
    assert (inspect.getdoc(cls) or "").splitlines()[0] in page
    for name, member in [(cls.__name__, cls), *inspect.getmembers(cls)]:
        if (
            not name.startswith("_")
            and name not in {*dir(TimeoutError), *dir(AttributeError)}
            and not isinstance(member, str)
        ):
            lines = (inspect.getdoc(member) or "").splitlines()
            assert re.match(r"[A-Z`].*[.:]$", lines[0]), (name, lines[0])
            assert max(map(len, lines)) <= 120, name


def test_the_kit_documents_its_arguments() -> None:
    told = re.findall(r"^    (\w+): ", section("Args", Emulator), re.MULTILINE)
    assert told == arguments(Emulator)
    for name, method in inspect.getmembers(Emulator, inspect.isfunction):
        if not name.startswith("_") and arguments(method):
            assert re.findall(r"^    ([\w*]+): ", section("Args", method), re.MULTILINE) == arguments(method), name
            assert section("Raises", method), name
    assert section("Returns", emulator_binary)
    assert section("Raises", emulator_binary)
