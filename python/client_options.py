"""Makes the Python forms of the core's table of options, for ``generate.py``: the constructor of the clients and a typed dict."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# The environment of the Makefile, so that nothing is compiled another time.
ENVIRONMENT = os.environ | {"PYO3_NO_PYTHON": "1", "PYO3_BUILD_EXTENSION_MODULE": "1"}
TABLE = [os.environ.get("CARGO", "cargo"), "run", "--locked", "--quiet", "--example", "options_table"]

Option = dict[str, Any]

TYPES = {
    "text": "str",
    "path": "str | os.PathLike[str]",
    "flag": "bool",
    "count": "int",
    "whole_seconds": "int",
    "seconds": "float",
    "texts": "t.Mapping[str, str]",
}

CONSTRUCTOR = '''
"""The constructor of both clients. Generated from the core's table of options by ``generate.py``: do not edit."""

from __future__ import annotations

import os

from . import _types as t
from ._native import redact


class Constructor:
    """The base of both clients: one argument for each option of the core."""

    __slots__ = ()

    def __init__(
        self,
        {parameters},
        environment: t.Mapping[str, str] | None = None,
        on_retry: t.Callable[[t.RetryEvent], object] | None = None,
        on_switch: t.Callable[[t.SwitchEvent], object] | None = None,
    ) -> None:
        """Check the options. Nothing is sent.

        Every option that is None falls back to its environment variable, which all but {without_variable} have, and then to
        its default. Nothing else of the process's environment is read.

        Args:
{arguments}
            environment: Where the variables are read, once and here. Default :data:`os.environ`; ``{{}}`` reads none.
            on_retry: Called with a :class:`RetryEvent` before each wait for another attempt, for logs and metrics: in the
                thread or task that waits for the call, which it must not block. What it raises is logged, and what it
                returns is ignored. Where identical exchanges are one request, the call that began it has the retries. A
                fetch of the keys has none.
            on_switch: Called with a :class:`SwitchEvent` for each switch of a tenant when it has ended, for audit logs: in the
                thread, task or greenlet that waits for it, which it must not block. What it raises is logged, and what it
                returns is ignored. A switch whose caller has left is reported in the event loop that the client was used in
                last, or in a thread of its own.

        Raises:
            TypeError: There is no such option, or its value is not of its type; ``on_retry`` or ``on_switch`` is
                not callable.
            InvalidInputError: An option is missing or refused; ``argument`` names it.
            RuntimeError: A :class:`Client` is made where eventlet has patched the standard library.
        """
        {secrets} = {redacted}
        try:
            environment = redact(dict(os.environ if environment is None else environment))
        except BaseException:
            # Reading it is the caller's code: where that fails, this frame is part of the traceback.
            environment = redact(environment)
            raise
        self._make({{{options},}}, environment, on_retry, on_switch)

    def _make(
        self,
        options: dict[str, t.Any],
        environment: t.Mapping[str, str],
        on_retry: t.Callable[[t.RetryEvent], object] | None,
        on_switch: t.Callable[[t.SwitchEvent], object] | None,
    ) -> None:
        """Make the client, of options by their names."""
        raise NotImplementedError
'''

TYPED_DICT = '''
"""The options of a client as a type. Generated from the core's table of options by ``generate.py``: do not edit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypedDict

from tenant_select import RetryEvent, SwitchEvent  # noqa: TC002 - `typing.get_type_hints` evaluates the options

__all__ = ["ClientOptions"]


class ClientOptions(TypedDict, total=False):
    """The options of :class:`~tenant_select.Client` and :class:`~tenant_select.AsyncClient`."""

{members}
    environment: Mapping[str, str] | None
    on_retry: Callable[[RetryEvent], object] | None
    on_switch: Callable[[SwitchEvent], object] | None
'''


def table() -> list[Option]:
    """Return the rows of the core's table."""
    printed = subprocess.run(TABLE, cwd=ROOT, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    options: list[Option] = json.loads(printed)
    return options


def constructor(options: list[Option]) -> str:
    """Return the text of ``_constructor.py``."""
    first, *others = [f"{option['name']}: {TYPES[option['type']]} | None = None" for option in options]
    secrets = [option["name"] for option in options if option["secret"]]
    return CONSTRUCTOR.format(
        parameters=", ".join([first, "*", *others]),
        without_variable=" and ".join(f"``{option['name']}``" for option in options if not option["variables"]),
        arguments="\n".join(argument(option) for option in options),
        secrets=", ".join(secrets),
        redacted=", ".join(f"redact({name})" for name in secrets),
        options=", ".join(f'"{option["name"]}": {value(option)}' for option in options),
    )


def typed_dict(options: list[Option]) -> str:
    """Return the text of ``testing/client_options.py``."""
    members = "\n".join(f"    {option['name']}: {TYPES[option['type']]} | None" for option in options)
    return TYPED_DICT.format(members=members.replace("t.Mapping", "Mapping"))


def value(option: Option) -> str:
    """Return the expression of the value for the core."""
    name = option["name"]
    return f"None if {name} is None else os.fspath({name})" if option["type"] == "path" else name


def argument(option: Option) -> str:
    """Return the documentation of an argument, as Google's style has it."""
    per_call = "A call can have its own." if option["per_call"] else ""
    sentences = [option["summary"], option["details"], bounds(option), per_call, variables(option)]
    text = f"{option['name']}: {' '.join(filter(None, sentences))}".replace("`", "``")
    wrapped = textwrap.wrap(text, 120 - 16, break_long_words=False, break_on_hyphens=False)
    return textwrap.indent("\n    ".join(wrapped), " " * 12)


def bounds(option: Option) -> str:
    """Return the unit, the bounds and the default."""
    match option:
        case {"unset": "required"}:
            return "Required."
        case {"unset": unset}:
            return f"Default: {unset}."
        case {"type": "flag", "default": default}:
            return f"Default {default}."
        case {"type": "seconds", "most": most, "default": default}:
            return f"In seconds: above 0, {most:,g} at most; default {default:,g}."
        case {"type": kind, "least": least, "most": most, "default": default}:
            numbers = f"{least:,} to {most:,}; default {default:,}."
            return f"In whole seconds: {numbers}" if kind == "whole_seconds" else numbers
        case _:
            message = f"there is no sentence about the bounds of {option}"
            raise ValueError(message)


def variables(option: Option) -> str:
    """Name the environment variables."""
    names = [f"`{variable}`" for variable in option["variables"]]
    if not names:
        return "Has no variable."
    form = " (a JSON object)" if option["type"] == "texts" else ""
    return f"{'Variable' if len(names) == 1 else 'Variables'}: {' or '.join(names)}{form}."
