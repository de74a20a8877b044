"""What type checkers say about usage: to what is right nothing, to what is wrong an error on every line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TYPING = Path(__file__).parent / "typing"
ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "python" / "pyproject.toml"


def mypy(file: Path) -> set[int]:
    """Return the lines with errors."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(SETTINGS), "--strict", str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    return {int(line) for line in re.findall(rf"{file.name}:(\d+): error", ran.stdout)}


def pyright(file: Path, tmp_path: Path) -> set[int]:
    """Return the lines with errors."""
    (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "pythonVersion": "3.10"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    report = json.loads(ran.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    found = report["generalDiagnostics"]
    return {said["range"]["start"]["line"] + 1 for said in found if said["severity"] == "error"}


@pytest.mark.parametrize("name", ["accepted", "refused"])
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_marked_lines_and_no_others_are_refused(checker: str, name: str, tmp_path: Path) -> None:
    file = TYPING / f"{name}.py"
    lines = file.read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if line.endswith("# refused")}
    assert bool(marked) == (name == "refused")
    assert (mypy(file) if checker == "mypy" else pyright(file, tmp_path)) == marked


def quickstarts() -> dict[str, str]:
    """The quickstarts as they are printed. What the page of the package says in words is declared before them."""
    (of_repository,) = re.findall(
        r"<!-- quickstart: python -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    page = (ROOT / "python" / "README.md").read_text().partition("\n## Quickstart\n")[2].partition("\n## ")[0]
    threads, tasks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    declared = "refresh_jwt: str = input()\nheaders: list[tuple[str, str]] = []\n"
    return {"of_repository": of_repository, "threads": declared + threads, "tasks": tasks}


@pytest.mark.parametrize("name", quickstarts())
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_quickstarts_type_check_as_printed(checker: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(quickstarts()[name])
    assert (mypy(file) if checker == "mypy" else pyright(file, tmp_path)) == set()


@pytest.mark.parametrize("module", ["tenant_select", "tenant_select.testing"])
def test_everything_public_has_a_known_type(module: str) -> None:
    """As editors see it who have the installed package alone."""
    found = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join([found, os.environ["PATH"]])}
    command = [sys.executable, "-m", "pyright", "--verifytypes", module, "--ignoreexternal", "--outputjson"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    report = json.loads(ran.stdout)["typeCompleteness"]
    assert report["exportedSymbolCounts"]["withKnownType"] > 40
    assert [symbol["name"] for symbol in report["symbols"] if not symbol["isTypeKnown"]] == []
    assert report["completenessScore"] == 1
