"""How models become fields of pydantic models, and so responses of FastAPI. pydantic alone loads this module.

A model is validated by the rules of its own class: an instance is taken as it is, and a dict is what ``from_dict()`` makes of it,
where the class has that. It is serialised as ``to_dict()`` does it. What ``to_dict()`` gives is described to pydantic as a
``TypedDict``, from which the JSON schema is made.
"""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field
from pydantic_core import core_schema
from typing_extensions import NotRequired, TypedDict

from ._native import TenantGrant, UserTenant

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


def schema(cls: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
    """Return the schema of a model."""
    wire_format = handler.generate_schema(_typed_dict(cls))

    def read(data: Any) -> Any:
        if _is_made_from_data(cls):
            return cls.from_dict(data)
        message = f"{cls.__name__} is not made from data, which would not be verified; pass an instance"
        raise ValueError(message)

    def validate(value: Any) -> Any:
        return value if isinstance(value, cls) else read(value)

    return core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_plain_validator_function(read, json_schema_input_schema=wire_format),
        python_schema=core_schema.lax_or_strict_schema(
            lax_schema=core_schema.no_info_plain_validator_function(validate),
            strict_schema=core_schema.is_instance_schema(cls),
        ),
        serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict, return_schema=wire_format),
    )


def _is_made_from_data(cls: Any) -> bool:
    """Whether a dict of ``to_dict()`` is valid, too. What was verified or observed is not made from data."""
    return hasattr(cls, "from_dict")


@cache
def _typed_dict(cls: Any) -> Any:
    """Return the type of what ``to_dict()`` gives. pydantic knows a type by its identity, so there is one for each class."""
    fields: dict[str, Any] = {}
    of_data = _is_made_from_data(cls)
    for name, hint, attribute in cls._wire_fields():
        described = Field(title=name, description=_description(name, getattr(cls, attribute).__doc__))
        # A model of the service leaves out what it does not have; the others give None.
        of_value = _evaluated(hint.removesuffix(" | None") if of_data else hint)
        fields[name] = NotRequired[Annotated[of_value, described]] if of_data else Annotated[of_value, described]
    make: Any = TypedDict  # its fields are not known to type checkers
    made = make(cls.__name__, fields)
    made.__module__ = cls.__module__
    made.__doc__ = _summary(cls.__doc__)
    made.__pydantic_config__ = ConfigDict(extra="allow" if of_data else "ignore")
    return made


def _evaluated(hint: str) -> Any:
    """Return the type that an annotation of a native class names; a model in it is a dict."""
    models = {cls.__name__: _typed_dict(cls) for cls in (TenantGrant, UserTenant) if cls.__name__ in hint}
    return eval(hint, {"Any": Any, **models})  # noqa: S307


def _description(name: str, doc: str) -> str:
    """Return the first paragraph of an attribute's documentation without the field's name, which is the key."""
    text = re.sub(rf"^`{name}`[:,] ", "", _summary(doc))
    return text[0].upper() + text[1:]


def _summary(doc: str) -> str:
    return inspect.cleandoc(doc).partition("\n\n")[0].replace("\n", " ")
