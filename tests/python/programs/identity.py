"""A refresh token for each process: by it the emulator's journal tells which of them used a connection."""

import os

# No other token may be sent in its place.
os.environ["TENANT_SELECT_ROTATION"] = "false"

_tokens = os.environ["REFRESH_JWTS"].split()
_token = _tokens[0]

# A pipe hands each number to one process alone, also to children of children, and without a lock that a fork could
# find held.
_numbers, _filler = os.pipe()
os.write(_filler, bytes(range(1, len(_tokens))))
os.close(_filler)


def token() -> str:
    """Return the token of this process."""
    return _token


def _take_the_next() -> None:
    global _token  # noqa: PLW0603 - a process is what has one
    _token = _tokens[os.read(_numbers, 1)[0]]


os.register_at_fork(after_in_child=_take_the_next)
