"""Makes the files of the package that follow from others, or checks that they are up to date.

* ``tenant_select/_client.py``, the sync client, from ``_async_client.py``: the same without ``async`` and ``await``.
* ``tenant_select/_native.pyi``, the types of the native module, from the module itself: attributes, their types and all
  documentation come from there; the signatures of methods are below.
* ``tenant_select/_constructor.py`` and ``tenant_select/testing/client_options.py``, the options of a client, from the core's table
  (``client_options.py``).

Run it as ``python generate.py`` after a change to either source, with the native module built; ``--check`` only compares.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from tenant_select import _native  # pyright: ignore[reportPrivateUsage] - its stubs are made here

from client_options import constructor, table, typed_dict

PACKAGE = Path(__file__).parent / "tenant_select"

SYNC = [
    (
        r'"""The client for asyncio, and the source of the sync one:.*?"""',
        '"""The client for threads. Made of ``_async_client.py`` by ``generate.py``: edit that."""',
    ),
    (r"After a cancellation ([^:]+):\s+in\s+a request handler .*? you keep\.", r"After a Ctrl-C \1."),
    (r"    @redacting\([^)]*\)\n", ""),
    (r"import redacting, ", "import "),
    (r"_blocks = False", "_blocks = True"),
    (r"async def __aenter__", "def __enter__"),
    (r"async def __aexit__", "def __exit__"),
    (r"async def ", "def "),
    (r"async with ", "with "),
    (r"\(await ([^()]+\([^()]*\))\)", r"\1"),
    (r"await ", ""),
    (r"\baclose\b", "close"),
    (r"\brun_async\b", "run"),
    (r"\bAsyncClient\b", "Client"),
    (
        "for asyncio: its operations are coroutines",
        "for threads: its operations block, and other threads run meanwhile",
    ),
]

PRIVATE = '''
"""The native module. Private: import what it has from ``tenant_select``. Made by ``generate.py``: do not edit."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar, final

from typing_extensions import Never, Self

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_PerCall: TypeAlias = tuple[float | None, int | None, bool | None]

ERROR_ATTRIBUTES: Final[list[str]]
ERROR_CODES: Final[list[str]]
OUTCOMES: Final[list[str]]
__version__: Final[str]

def redact(value: _T) -> _T: ...
def redact_arguments(function: _T, names: tuple[str, ...]) -> _T: ...

@final
class Redacted: ...

@final
class NativeError:
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def response(self) -> JWTResponse | None: ...

@final
class Call(Generic[_T_co]):
    @property
    def operation(self) -> str: ...
    def now(self) -> _T_co | NativeError | None: ...
    def wait(self) -> _T_co | NativeError: ...
    def start(self, event_loop: Any, wake: Callable[[_T], None], future: _T) -> None: ...
    def result(self) -> _T_co | NativeError: ...
    @property
    def http(self) -> ResponseMetadata | None: ...
    def abort(self) -> None: ...

@final
class Client:
    def __new__(cls, options: dict[str, Any], environment: Mapping[str, str]) -> Client: ...
    def select_tenant(self, tenant_id: str, refresh_jwt: str, options: _PerCall) -> Call[JWTResponse]: ...
    def refresh_session(
        self, refresh_jwt: str, external_token: str | None, expect_tenant: str | None, options: _PerCall
    ) -> Call[JWTResponse]: ...
    def my_tenants(
        self, refresh_jwt: str, ids: Iterable[str] | None, active_only: bool, options: _PerCall
    ) -> Call[list[Tenant]]: ...
    def history(self, refresh_jwt: str, options: _PerCall) -> Call[list[HistoryEntry]]: ...
    def me(self, refresh_jwt: str, options: _PerCall) -> Call[User]: ...
    def logout(self, refresh_jwt: str, options: _PerCall) -> Call[JWTResponse]: ...
    def logout_all(self, refresh_jwt: str, options: _PerCall) -> Call[JWTResponse]: ...
    def validate_session(self, session_jwt: str, audience: str | None, options: _PerCall) -> Call[Session]: ...
    def validate_and_refresh(
        self, session_jwt: str | None, refresh_jwt: str, options: _PerCall
    ) -> Call[ValidationResult]: ...
    def tokens_from_request(self, cookie_header: str | None, authorization: str | None) -> RequestTokens: ...
    def close(self) -> None: ...
    @property
    def project_id(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def closed(self) -> bool: ...
'''

MODELS = [
    "JWTResponse", "ResponseMetadata", "User", "UserTenant", "IDPResponse", "Tenant", "HistoryEntry",
    "Session", "TenantGrant", "ValidationResult", "RequestTokens",
]  # fmt: skip

# Models come out of calls and `from_dict`; without this, type checkers would let `object` make one of nothing.
NOT_TO_BE_MADE = "    def __new__(cls, _: Never, /) -> Self: ...\n"

METHODS = {
    "to_dict": "(self) -> dict[str, Any]",
    "from_dict": "(data: dict[str, Any]) -> {cls}",
    "has_roles": "(self, roles: Iterable[str]) -> bool",
    "has_permissions": "(self, permissions: Iterable[str]) -> bool",
    "matched_roles": "(self, roles: Iterable[str]) -> list[str]",
    "matched_permissions": "(self, permissions: Iterable[str]) -> list[str]",
    "set_cookie_headers": (
        "(self, *, secure: bool | None = None, http_only: bool | None = None,"
        ' same_site: Literal["Strict", "Lax", "None"] | None = None, domain: str | None = None,'
        " path: str | None = None) -> list[str]"
    ),
    "__copy__": "(self) -> {cls}",
    "__deepcopy__": "(self, _memo: Any) -> {cls}",
    "__eq__": "(self, value: object, /) -> bool",
    "__hash__": "(self) -> int",
    "__reduce__": "(self) -> Any",
}


def sync_client() -> str:
    """Give the text of ``_client.py``."""
    text = (PACKAGE / "_async_client.py").read_text()
    for pattern, replacement in SYNC:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL)
    return formatted(text, "_client.py")


def stubs() -> str:
    """Give the text of ``_native.pyi``."""
    parts = [PRIVATE, f"\n__all__ = {sorted(_native.__all__)!r}\n"]
    for name in MODELS:
        cls: Any = getattr(_native, name)
        parts.append(f"\n@final\nclass {name}:\n{docstring(cls.__doc__, 4)}")
        names = ", ".join(f'"{attribute}"' for attribute in cls.__match_args__)
        parts.append(f"    __match_args__ = ({names},)\n{NOT_TO_BE_MADE}")
        for attribute, hint in cls.__annotations__.items():
            doc = docstring(getattr(cls, attribute).__doc__, 8)
            parts.append(f"    @property\n    def {attribute}(self) -> {hint.replace('_types.', '')}:\n{doc}")
        for method, member in cls.__dict__.items():
            if method in METHODS:
                signature = METHODS[method].format(cls=name)
                static = "    @staticmethod\n" if isinstance(member, staticmethod) else ""
                public = not method.startswith("_")
                body = f"\n{docstring(getattr(cls, method).__doc__, 8)}" if public else " ...\n"
                parts.append(f"{static}    def {method}{signature}:{body}")
            elif inspect.isroutine(member) and not method.startswith("_"):
                sys.exit(f"generate.py gives no signature for {name}.{method}")
    return formatted("".join(parts), "_native.pyi")


def docstring(text: str, indent: int) -> str:
    """Give an indented docstring."""
    if "\n" in text:
        text = f"{text}\n"
    return textwrap.indent(f'"""{text}"""\n', " " * indent)


def formatted(text: str, name: str) -> str:
    """Give the text as ruff formats it."""
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", str(PACKAGE / name), "-"]
    return subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout  # noqa: S603


def main() -> None:
    """Write, or compare with ``--check``."""
    stale: list[str] = []
    options = table()
    made = {
        "_client.py": sync_client(),
        "_native.pyi": stubs(),
        "_constructor.py": formatted(constructor(options), "_constructor.py"),
        "testing/client_options.py": formatted(typed_dict(options), "client_options.py"),
    }
    for name, text in made.items():
        path = PACKAGE / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text)
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date, run python generate.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
