"""Takes the path of the build machine out of the bill of materials of wheels: ``python sbom.py WHEEL…``.

maturin puts a CycloneDX file into every wheel and names the workspace's own crates in it by the absolute path of their
folder. Of that path the folder's name stays, and the wheel's record of its files is brought up to date.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import sys
import zipfile
from pathlib import Path

PATH_OF_A_CRATE = re.compile(rb'file:///[^"#]*?([^"#/]*)#')


def clean(wheel: Path) -> None:
    """Rewrite a wheel in place; one that names no path of this machine stays as it is in all but its compression."""
    with zipfile.ZipFile(wheel) as archive:
        contents = {entry: archive.read(entry) for entry in archive.infolist()}
    record = next(entry for entry in contents if entry.filename.endswith(".dist-info/RECORD"))
    rows = list(csv.reader(io.StringIO(contents[record].decode())))
    for entry, content in contents.items():
        if ".dist-info/sboms/" in entry.filename:
            contents[entry] = cleaned = PATH_OF_A_CRATE.sub(rb"\1#", content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(cleaned).digest()).rstrip(b"=").decode()
            rows = [
                [row[0], f"sha256={digest}", str(len(cleaned))] if row[0] == entry.filename else row for row in rows
            ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    contents[record] = text.getvalue().encode()
    rewritten = wheel.with_suffix(".rewritten")
    with zipfile.ZipFile(rewritten, "w") as archive:
        for entry, content in contents.items():
            # The entry keeps its name, date, mode and compression.
            archive.writestr(entry, content)
    rewritten.replace(wheel)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        clean(Path(argument))
