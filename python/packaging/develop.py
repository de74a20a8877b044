"""Installs the package into the environment that runs this, straight from the source folder: what `make python` runs.

The native module is the one that ``cargo build`` left in the target folder. ``maturin develop`` would build it anew: it builds
this crate alone, and cargo then compiles the dependencies with other features.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
SITE = Path(sysconfig.get_path("platlib"))
DISTRIBUTION = "tenant_select"
# How cargo calls the library on each platform, and how Python calls an extension module that keeps to the stable
# interface.
BUILT, MODULE = {
    "win32": ("_native.dll", "_native.pyd"),
    "darwin": ("lib_native.dylib", "_native.abi3.so"),
}.get(sys.platform, ("lib_native.so", "_native.abi3.so"))


def install_module() -> None:
    """Copy the native module when it is another one; a process that has the former one loaded keeps it."""
    built = (ROOT / "target" / "debug" / BUILT).read_bytes()
    module = PACKAGE / DISTRIBUTION / MODULE
    if module.exists() and module.read_bytes() == built:
        return
    new = module.with_suffix(".new")
    new.write_bytes(built)
    new.replace(module)


def write_metadata(folder: Path) -> Path:
    """Let maturin write what a wheel says of the package: name, version, and the entry point of the pytest plugin."""
    options: list[str | Path] = [
        "--quiet",
        "--locked",
        "--interpreter",
        sys.executable,
        "--metadata-directory",
        folder,
    ]
    command = [sys.executable, "-m", "maturin", "pep517", "write-dist-info", *options]
    written = subprocess.run(command, cwd=PACKAGE, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if written.returncode != 0:
        sys.exit(written.stdout.decode())
    (metadata,) = folder.glob("*.dist-info")
    return metadata


def record(folder: Path, files: list[Path]) -> str:
    """Return the list of installed files, by which pip uninstalls the package."""
    lines = []
    for file in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).rstrip(b"=").decode()
        lines.append(f"{file.relative_to(folder).as_posix()},sha256={digest},{file.stat().st_size}\n")
    return "".join(lines)


def install_metadata() -> None:
    """Put the metadata and the path of the source folder into the environment, in place of those of a former installation."""
    with tempfile.TemporaryDirectory() as temporary:
        metadata = write_metadata(Path(temporary))
        (metadata / "INSTALLER").write_text("pip\n")
        editable = {"dir_info": {"editable": True}, "url": PACKAGE.as_uri()}
        (metadata / "direct_url.json").write_text(json.dumps(editable))
        for former in SITE.glob(f"{DISTRIBUTION}-*.dist-info"):
            shutil.rmtree(former)
        installed = SITE / metadata.name
        shutil.copytree(metadata, installed)
    path = SITE / f"{DISTRIBUTION}.pth"
    path.write_text(f"{PACKAGE}\n")
    files = sorted(file for file in installed.rglob("*") if file.is_file())
    (installed / "RECORD").write_text(record(SITE, [*files, path]) + f"{installed.name}/RECORD,,\n")


if __name__ == "__main__":
    install_module()
    install_metadata()
