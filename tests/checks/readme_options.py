"""Checks the table of options of README.md against the core's; ``--write`` updates it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

from tracked import ROOT

README = ROOT / "README.md"
TABLE = re.compile(r"(?<=\n\n)\| option \| variable \|.*?\n(?=\n)", re.DOTALL)
# The environment of the Makefile, so that nothing is compiled another time.
ENVIRONMENT = os.environ | {"PYO3_NO_PYTHON": "1", "PYO3_BUILD_EXTENSION_MODULE": "1"}

Option = dict[str, Any]


def options() -> list[Option]:
    command = [os.environ.get("CARGO", "cargo"), "run", "--locked", "--quiet", "--example", "options_table"]
    printed = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE).stdout
    rows: list[Option] = json.loads(printed)
    return rows


def bounds(option: Option) -> str:
    match option:
        case {"unset": unset}:
            return str(unset)
        case {"type": "flag", "default": default}:
            return str(default).lower()
        case {"type": "seconds", "most": most, "default": default}:
            return f"{default:,g} s; above 0, {most:,g} s at most"
        case {"type": kind, "least": least, "most": most, "default": default}:
            unit = " s" if kind == "whole_seconds" else ""
            return f"{default:,}{unit}; {least:,} to {most:,}{unit}"
        case _:
            sys.exit(f"readme_options.py does not know the bounds of {option}")


def row(option: Option) -> str:
    variables = " or ".join(f"`{variable}`" for variable in option["variables"]) or "none"
    form = " (a JSON object)" if option["type"] == "texts" else ""
    cells = [f"`{option['name']}`", variables + form, option["summary"].removesuffix("."), bounds(option)]
    return f"| {' | '.join(cells)} |\n"


def main() -> None:
    before = README.read_text()
    table = "| option | variable | what it is | default; bounds |\n|---|---|---|---|\n" + "".join(map(row, options()))
    after, count = TABLE.subn(lambda _: table, before)
    if count != 1:
        sys.exit("README.md has no table of options, or more than one")
    if "--write" in sys.argv[1:]:
        README.write_text(after)
    elif after != before:
        sys.exit("the table of options in README.md is not the core's: run `make generate`")


if __name__ == "__main__":
    main()
