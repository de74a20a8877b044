"""The check of the core's layers finds dependencies in every notation, and refuses those that are not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import imports
import layers
import pytest
import rust_source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("code", "module", "names"),
    [
        ("use crate::error::Error;", "client", {"error"}),
        ("use crate::{error::{Error, Kind}, model, jwt::verify};", "client", {"error", "model", "jwt"}),
        ("fn f() -> crate::model::User { crate::http::get() }", "client", {"model", "http"}),
        ("use super::super::error::Error;", "client/exchange", {"error"}),
        ("use super::inner::Inner;", "client/exchange", {"client"}),
        ("use super::{error, model};", "client", {"error", "model"}),
        ('// use crate::error\n/* crate::model */ let a = "crate::http"; let b = r#"crate::jwt"#;', "client", set()),
        ("fn f<'a>(x: &'a str) -> crate::error::Error {} // it's", "client", {"error"}),
        (
            "use crate::model;\n#[cfg(test)]\nmod tests { use crate::http; fn g() { {} } }\nuse crate::jwt;",
            "client",
            {"model", "jwt"},
        ),
        ("#[cfg(test)]\nmod tests;\nuse crate::jwt;", "client", {"jwt"}),
    ],
)
def test_used_names_of_a_file(code: str, module: str, names: set[str]) -> None:
    assert rust_source.used_names(code, tuple(module.split("/"))) == names


def crate(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.rs"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_reexports_lead_to_their_folder(tmp_path: Path) -> None:
    source = crate(
        tmp_path,
        lib="mod error; mod client;\npub use error::{Error, kind::Kind as ErrorKind};\npub use client::Client;",
        error__mod="pub struct Error;",
        client__mod="use crate::{Error, ErrorKind};",
        client__tests="use crate::nothing;",
    )
    assert layers.dependencies(source) == {"client": {"error"}, "error": set()}


def test_dependencies_that_follow_the_list() -> None:
    assert layers.problems({"client": {"error"}, "error": set()}, {"client": {"error"}, "error": set()}) == []


def test_differences_from_the_list_are_reported() -> None:
    declared = layers.read_layers("# a comment\nclient: error model\nerror: client\nold:\n")
    assert declared is not None
    found = {"client": {"error"}, "error": {"client", "model"}, "model": set()}
    complaints = "\n".join(layers.problems(declared, found))
    assert "circle: client -> error -> client" in complaints or "circle: error -> client -> error" in complaints
    assert "core/src/model is not in" in complaints
    assert "lists old, which is not in core/src" in complaints
    assert "core/src/error uses model, which" in complaints
    assert "lists client -> model, which does not exist" in complaints


def test_a_list_may_allow_everything() -> None:
    assert layers.read_layers("*: *\n") is None


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("node/packaging/x.mjs", "import { pack } from '../../tests/emulator/node/pack.mjs'"),
        ("node/lib/x.ts", "const x = require('../../tests/node/x.js')"),
        ("python/packaging/x.py", 'sys.path.insert(0, str(ROOT / "tests" / "emulator"))'),
        ("core/src/x.rs", 'include_str!("../../tests/names.json")'),
        ("core/Cargo.toml", "tenant-select-emulator.workspace = true"),
    ],
)
def test_product_that_takes_from_tests(file: str, line: str) -> None:
    assert imports.takes_from_tests(file, line)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("node/lib/x.ts", "import { a } from './testing/a.js'"),
        ("python/x.py", "from tenant_select.testing import Emulator"),
        ("python/packaging/x.py", 'command = ["pytest", "tests/python"]'),
        ("core/src/x.rs", "mod tests;"),
    ],
)
def test_product_that_takes_nothing_from_tests(file: str, line: str) -> None:
    assert not imports.takes_from_tests(file, line)
