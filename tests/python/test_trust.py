"""The certificates that a client trusts depend only on its options and its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tenant_select import Client, InvalidInputError
from tenant_select.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROKEN = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

PROGRAM = """
import os
from tenant_select import APIConnectionError, Client

options = {"project_id": os.environ["PROJECT"], "base_url": os.environ["URL"], "retries": 0}
for environment in ({}, None):
    with Client(**options, environment=environment) as client:
        try:
            client.me(os.environ["TOKEN"])
            print("trusted")
        except APIConnectionError as error:
            print("certificate was not accepted" in str(error))
"""


@pytest.fixture(scope="module")
def secure() -> Iterator[Emulator]:
    with Emulator(tls=True) as emulator:
        emulator.add_user("ada@example.com")
        yield emulator


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_an_explicit_environment_is_all_that_is_read(secure: Emulator, tmp_path: Path, variable: str) -> None:
    (tmp_path / "0123abcd.0").write_bytes(secure.ca_file.read_bytes())
    own = {
        variable: str(tmp_path if variable == "SSL_CERT_DIR" else secure.ca_file),
        "PROJECT": secure.project_id,
        "URL": secure.url,
        "TOKEN": secure.sign_in("ada@example.com").refresh_jwt or "",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr, ran.stdout.split()) == (0, "", ["True", "trusted"])


@pytest.mark.parametrize("base_url", ["https://service.test", "http://127.0.0.1:1"])
@pytest.mark.parametrize("content", [None, "", "no PEM", BROKEN])
def test_a_wrong_file_is_refused_by_the_constructor(tmp_path: Path, base_url: str, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    options = {"project_id": "P1", "base_url": base_url}
    with pytest.raises(InvalidInputError) as caught:
        Client(**options, ca_file=path, environment={})  # type: ignore[arg-type]
    assert caught.value.argument == "ca_file"
    for variable in ("TENANT_SELECT_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        with pytest.raises(InvalidInputError, match=variable) as caught:
            Client(**options, environment={variable: str(path)})  # type: ignore[arg-type]
        assert caught.value.argument == "ca_file"
