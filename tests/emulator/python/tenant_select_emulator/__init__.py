"""Where the program ``tenant-select-emulator`` is that came with this package.

The package installs the program into the environment's scripts folder; ``python -m tenant_select_emulator`` runs it too.
"""

from __future__ import annotations

import sysconfig
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["binary_path"]

_NAME = "tenant-select-emulator"


def binary_path() -> Path:
    """Find the emulator's program.

    Returns:
        The absolute path of the file, wherever this package was installed: a virtual environment, ``--user``, ``--target``.

    Raises:
        FileNotFoundError: The program is not where it was installed; the message says where it was looked for.

    Example:
        >>> import subprocess
        >>> import tenant_select_emulator
        >>> subprocess.call([tenant_select_emulator.binary_path(), "--help"])  # doctest: +SKIP
        0
    """
    looked_for = list(dict.fromkeys(_candidates()))
    for candidate in looked_for:
        if candidate.is_file():
            return candidate
    message = (
        f"{_NAME} is not installed beside its Python package; looked for {', '.join(map(str, looked_for))}. "
        f"Install it again: pip install --force-reinstall {_NAME}"
    )
    raise FileNotFoundError(message)


def _candidates() -> Iterator[Path]:
    name = f"{_NAME}{sysconfig.get_config_var('EXE') or ''}"
    try:
        recorded = files(_NAME) or []
    except PackageNotFoundError:
        recorded = []
    for file in recorded:
        if file.name == name:
            located = Path(str(file.locate()))
            yield located.parent.resolve() / name
    # `pip install --target` moves the scripts after it wrote that record, and some distributors ship none.
    yield Path(__file__).resolve().parents[1] / "bin" / name
    yield Path(sysconfig.get_path("scripts")) / name
