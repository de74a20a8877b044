"""The scan finds what is there: a planted part of a secret in an output, in memory and in a core file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import scanner

if TYPE_CHECKING:
    from workers import StartWorker

SECRET = "head.0123456789abcdefghijkl.ABCDEFGHIJKLMNOPQRSTUVWX"


@pytest.mark.parametrize("line", ["x 0123456789ab y", "cdefghijkl..  ABCDEFGHIJKL", "MNOPQRSTUVWX"])
def test_a_part_of_twelve_characters_is_found(line: str) -> None:
    assert scanner.leaks(f"good\n{line}\nhead.".encode(), [SECRET]) == [line]


def test_shorter_parts_and_the_header_are_not() -> None:
    assert scanner.leaks(b"head. 0123456789a bcdefghijkl ABCDEFGHIJK", [SECRET]) == []


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(AssertionError):
        scanner.windows(["short"])


@pytest.mark.parametrize("kind", ["rust", "sync", "async", "node"])
def test_a_planted_line_of_every_program_is_found(start_worker: StartWorker, kind: str) -> None:
    worker = start_worker(kind)
    worker.plant(SECRET)
    assert any(SECRET in line for line in scanner.leaks(worker.output(), [SECRET]))


def test_copies_are_counted() -> None:
    needle, other = "n" * 24, "o" * 24
    assert scanner.copies([f"..{needle}..x{needle}y".encode()], [needle, other]) == {needle: 2, other: 0}


def test_a_string_that_a_process_holds_is_found_in_its_memory() -> None:
    program = "import sys; held = sys.stdin.readline(); print('ready', flush=True); sys.stdin.read()"
    needle = "abcdefghijklmnopqrstuvwxyz"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{needle}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        assert scanner.copies(scanner.memory(process.pid), [needle])[needle] >= 1
