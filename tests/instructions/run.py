"""Counts the processor instructions of calls with callgrind, and compares them with ``limits.json``.

Usage: ``python run.py [--write] [--require] [--limits FILE] [LANGUAGE…]``. With ``--write`` it puts what it measured into the file;
with ``--require`` it fails without valgrind. Needs what ``make test`` builds, and nothing but the standard library.

The number of instructions does not depend on the load of the machine, as time does. Each program makes every call a number of times
and then twice as often, and marks where each of these begins and ends. The difference of the two, divided by the number, is one
call: what happens once cancels out. The builds are those of the suites, without optimisation, so the counts say nothing about
speed: only that a change made a call do more.

A limit holds for the version of the language with which it was measured, on Linux on x86-64. With another one, nothing is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMITS = HERE / "limits.json"
UPDATE = "make instructions"

Counts = dict[str, int]
Limits = dict[str, dict[str, Any]]

PROGRAMS: dict[str, dict[str, Any]] = {
    "Rust": {
        "program": [str(ROOT / "target/debug/examples/instructions")],
        "version": ["rustc", "--version"],
        "mark": "*mark_section*",
    },
    "Python": {
        "program": [str(ROOT / ".venv/bin/python"), str(HERE / "calls.py")],
        "version": [str(ROOT / ".venv/bin/python"), "--version"],
        "mark": "getpriority",
    },
    "Node": {
        # The interpreter alone, in one thread: what the compiler does, and when, depends on time. With so much memory, the
        # garbage collector runs only where the program calls it.
        "program": [
            "node",
            *("--jitless", "--no-expose-wasm", "--single-threaded", "--hash-seed=1", "--random-seed=1"),
            *("--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"),
            str(HERE / "calls.mjs"),
        ],
        "version": ["node", "--version"],
        "mark": "getpriority",
    },
}
"""The program of each language, what prints its version, and the function at which callgrind writes down its counts."""

CALLS = 20
"""How often a call is made in the first section."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help="update the limits")
    parser.add_argument("--require", action="store_true", help="fail when valgrind is not installed")
    parser.add_argument("--limits", type=Path, default=LIMITS, help="the file with the limits")
    parser.add_argument("languages", nargs="*", default=list(PROGRAMS), metavar="LANGUAGE")
    options = parser.parse_args()
    if shutil.which("valgrind") is None or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        print("instruction counts: SKIPPED, because they need valgrind on Linux on x86-64 (apt-get install valgrind)")
        return 1 if options.require else 0
    limits: Limits = json.loads(options.limits.read_text())
    versions = {language: version(language) for language in options.languages}
    if options.write:
        measured = measure(options.languages)
        options.limits.write_text(json.dumps(updated(limits, measured, versions), indent=2) + "\n")
        return 0
    languages = [language for language in options.languages if limits[language]["version"] == versions[language]]
    for language in versions.keys() - set(languages):
        print(
            f"instruction counts: SKIPPED for {language} {versions[language]}, because the limits are those of "
            f"{limits[language]['version']}"
        )
    problems = compare(limits, measure(languages))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def version(language: str) -> str:
    """The version of a language, as far as limits depend on it: that of Rust in full, and the minor one of an interpreter."""
    said = subprocess.run(PROGRAMS[language]["version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    assert found is not None
    return ".".join(found.groups() if language == "Rust" else found.groups()[:2])


def measure(languages: list[str]) -> dict[str, Counts]:
    """Count the instructions of one call, by language and call."""
    # The emulator is on loopback; a proxy of the environment has no business there.
    urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
    emulator = subprocess.Popen(
        [ROOT / "target/debug/tenant-select-emulator", "--watch-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert emulator.stdout is not None
        ready = json.loads(emulator.stdout.readline())
        url = ready["url"]
        user = {"loginId": "ada@example.com", "tenants": {"acme": {"roles": ["editor"], "permissions": ["read"]}}}
        post(f"{url}/emulator/users", user)
        measured = {}
        for language in languages:
            signed_in = post(f"{url}/emulator/sign-in", {"loginId": user["loginId"], "tenant": "acme"})
            arguments = [url, ready["projectId"], signed_in["sessionJwt"], signed_in["refreshJwt"]]
            measured[language] = count(language, arguments)
            for name, instructions in measured[language].items():
                print(f"{language}: {name}: {instructions:,} instructions", flush=True)
        return measured
    finally:
        emulator.communicate()


def post(url: str, body: object) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        content: dict[str, Any] = json.load(response)
        return content


def count(language: str, arguments: list[str]) -> Counts:
    """Run the program of a language under callgrind."""
    plan = PROGRAMS[language]
    with tempfile.TemporaryDirectory() as folder:
        valgrind = [
            "valgrind",
            "--tool=callgrind",
            "--quiet",
            f"--callgrind-out-file={folder}/counts",
            f"--dump-before={plan['mark']}",
        ]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DESCOPE_", "TENANT_SELECT_"))
        }
        ended = subprocess.run(
            [*valgrind, *plan["program"], str(CALLS), *arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=environment | {"PYTHONHASHSEED": "0"},
        )
        counts = {}
        for index, name in enumerate(ended.stdout.splitlines()):
            # A mark before and after each section; a file has what came before its mark.
            once, twice = (total(Path(folder) / f"counts.{4 * index + part}") for part in (2, 4))
            counts[name] = (twice - once) // CALLS
        return counts


def total(dump: Path) -> int:
    """The instructions in a file of callgrind."""
    found = re.search(r"^(?:summary|totals): (\d+)", dump.read_text(), re.MULTILINE)
    if found is None:
        sys.exit(f"{dump.name} has no sum: was the function of the marks found?")
    return int(found[1])


def updated(limits: Limits, measured: dict[str, Counts], versions: dict[str, str]) -> Limits:
    """The limits with what was measured; tolerances stay as they are."""
    for language, calls in measured.items():
        before = limits.get(language, {}).get("calls", {})
        limits[language] = {
            "version": versions[language],
            "calls": {
                name: {"instructions": instructions, "tolerance": before.get(name, {}).get("tolerance", 0.03)}
                for name, instructions in calls.items()
            },
        }
    return limits


def compare(limits: Limits, measured: dict[str, Counts]) -> list[str]:
    """What is wrong with the measured counts, in sentences."""
    problems = []
    for language, calls in measured.items():
        allowed = limits[language]["calls"]
        problems += [f"{language}: {name} was not measured" for name in allowed.keys() - calls.keys()]
        for name, instructions in calls.items():
            if name not in allowed:
                problems.append(f"{language}: {name} has no limit; add it with `{UPDATE}`")
                continue
            limit, tolerance = allowed[name]["instructions"], allowed[name]["tolerance"]
            change = instructions / limit - 1
            if change > tolerance:
                problems.append(
                    f"{language}: one call of {name} takes {instructions:,} instructions, {change:.1%} more than the {limit:,} in "
                    f"{LIMITS.name}, and {tolerance:.0%} are allowed. If that is intended, run `{UPDATE}`, and say why in the commit."
                )
            elif change < -tolerance:
                print(f"{language}: {name} takes {-change:.1%} less than in {LIMITS.name}: keep that with `{UPDATE}`")
    return problems


if __name__ == "__main__":
    sys.exit(main())
