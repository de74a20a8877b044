"""Prints the public names of the Python package, one a line, with their signatures and types.

They are read from the sources and from the stub of the native module by griffe, without importing anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[2] / "python"
# A module is public when users import it by its name.
MODULES = (
    "tenant_select",
    "tenant_select.asgi",
    "tenant_select.django",
    "tenant_select.errors",
    "tenant_select.fastapi",
    "tenant_select.flask",
    "tenant_select.testing",
    "tenant_select.testing.pytest_plugin",
    "tenant_select.wsgi",
)

# Says nothing to users.
HIDDEN = {"__slots__", "__module__"}

Item = griffe.Object | griffe.Alias


def resolved(item: Item) -> griffe.Object:
    return item.final_target if isinstance(item, griffe.Alias) else item


def is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def parameters(function: griffe.Function) -> str:
    """Return the parameters as source text."""
    kinds = griffe.ParameterKind
    written = []
    star = False
    listed = list(function.parameters)
    for place, parameter in enumerate(listed):
        if parameter.kind is kinds.keyword_only and not star:
            written.append("*")
            star = True
        star = star or parameter.kind is kinds.var_positional
        prefix = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(parameter.kind, "")
        text = prefix + parameter.name
        if parameter.annotation is not None:
            text += f": {parameter.annotation}"
        if parameter.default is not None and not prefix:
            text += f" = {parameter.default}"
        written.append(text)
        following = listed[place + 1].kind if place + 1 < len(listed) else None
        if parameter.kind is kinds.positional_only and following is not kinds.positional_only:
            written.append("/")
    return ", ".join(written)


def decorators(item: griffe.Object) -> str:
    return "".join(f"{label} " for label in ("staticmethod", "classmethod", "property") if label in item.labels)


class Surface:
    """Collects the lines; what was printed under one name is only referred to under another."""

    def __init__(self, public: set[str]) -> None:
        self._public = public
        self._printed: dict[str, str] = {}

    def _members(self, owner: griffe.Class) -> Iterator[tuple[str, Item]]:
        """Return the public members of a class, with those that it inherits from classes that are not public themselves."""
        inherited = {
            name: member
            for name, member in owner.inherited_members.items()
            if (parent := resolved(member).parent) is not None and parent.path not in self._public
        }
        members = {**inherited, **owner.members}
        for name in sorted(members):
            if is_public(name) and name not in HIDDEN:
                yield name, members[name]

    def lines(self, item: Item, path: str) -> Iterator[str]:
        target = resolved(item)
        if isinstance(target, griffe.Class):
            if target.path in self._printed:
                yield f"{path} is {self._printed[target.path]}"
                return
            self._printed[target.path] = path
            bases = ", ".join(str(base) for base in target.bases)
            yield f"class {path}({bases})"
            for name, member in self._members(target):
                yield from self.lines(member, f"{path}.{name}")
        elif isinstance(target, griffe.Function):
            prefix = decorators(target) + ("async " if "async" in target.labels else "")
            for overload in target.overloads or [target]:
                yield f"{prefix}def {path}({parameters(overload)}) -> {overload.returns}"
        elif isinstance(target, griffe.TypeAlias):
            yield f"type {path} = {target.value}"
        elif isinstance(target, griffe.Attribute):
            annotation = "" if target.annotation is None else f": {target.annotation}"
            # What a constructor assigns to an attribute says nothing.
            value = "" if target.value is None or "instance-attribute" in target.labels else f" = {target.value}"
            yield f"{decorators(target)}{path}{annotation}{value}"


def exported(module: griffe.Module) -> list[str]:
    """Return the public names of a module: those of its ``__all__``, or else all without an underscore that it defines itself."""
    if module.exports is not None:
        return sorted(str(name) for name in module.exports)
    return sorted(
        name for name, member in module.members.items() if is_public(name) and not isinstance(member, griffe.Alias)
    )


def main() -> None:
    loader = griffe.GriffeLoader(search_paths=[PACKAGE], allow_inspection=False)
    loader.load("tenant_select")
    loader.resolve_aliases(implicit=True, external=False)
    modules = {name: loader.modules_collection.get_member(name) for name in MODULES}
    surface = Surface({resolved(module.members[name]).path for module in modules.values() for name in exported(module)})
    for name, module in modules.items():
        print(f"# {name}")
        for member in exported(module):
            for line in surface.lines(module.members[member], f"{name}.{member}"):
                print(" ".join(line.split()))


if __name__ == "__main__":
    main()
