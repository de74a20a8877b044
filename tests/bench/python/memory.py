"""The physical memory of this process in bytes, on Linux; nothing elsewhere."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")


def current() -> int | None:
    """What it is now."""
    return _status("VmRSS:")


def peak() -> int | None:
    """The highest value since the process began, or since ``forget_peak``."""
    return _status("VmHWM:")


def forget_peak() -> None:
    """From now on the peak is that of what follows. Without effect where the system does not allow it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _status(name: str) -> int | None:
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), None)
