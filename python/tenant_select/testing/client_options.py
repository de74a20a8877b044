"""The options of a client as a type. Generated from the core's table of options by ``generate.py``: do not edit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypedDict

from tenant_select import RetryEvent, SwitchEvent  # noqa: TC002 - `typing.get_type_hints` evaluates the options

__all__ = ["ClientOptions"]


class ClientOptions(TypedDict, total=False):
    """The options of :class:`~tenant_select.Client` and :class:`~tenant_select.AsyncClient`."""

    project_id: str | None
    base_url: str | None
    auth_management_key: str | None
    public_key: str | None
    timeout: float | None
    connect_timeout: float | None
    retries: int | None
    retry_unknown: bool | None
    rotation: bool | None
    rotation_grace: int | None
    shared_state: str | None
    shared_state_key: str | None
    leeway: int | None
    audience: str | None
    verify: bool | None
    max_token_bytes: int | None
    session_cache: int | None
    session_cookie_name: str | None
    refresh_cookie_name: str | None
    headers: Mapping[str, str] | None
    proxy: str | None
    ca_file: str | os.PathLike[str] | None
    allow_http: bool | None
    sdk_name: str | None
    environment: Mapping[str, str] | None
    on_retry: Callable[[RetryEvent], object] | None
    on_switch: Callable[[SwitchEvent], object] | None
