"""A certificate authority for a test, and a certificate of it for ``localhost``."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EXTENSIONS = """
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
[name]
"""


@dataclass(frozen=True)
class Certificates:
    """The files of a server, and the authority that its clients trust."""

    authority: Path
    certificate: Path
    key: Path


def make(folder: Path) -> Certificates:
    """Make an authority and a certificate for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openssl.cnf").write_text(EXTENSIONS)
    _request(folder, "authority", "Test authority", ["-x509", "-extensions", "authority"])
    _request(folder, "server", "localhost", ["-x509", "-extensions", "server", *_signed("authority")])
    return Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")


def _signed(authority: str) -> list[str]:
    return ["-CA", f"{authority}.pem", "-CAkey", f"{authority}.key"]


def _request(folder: Path, name: str, subject: str, arguments: list[str]) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]
    command = ["openssl", "req", "-config", "openssl.cnf", "-new", "-days", "1", "-subj", f"/CN={subject}", *key]
    subprocess.run([*command, "-out", f"{name}.pem", *arguments], cwd=folder, check=True, capture_output=True)
