"""What an installed wheel must do, run by the interpreter of an empty environment: switch a tenant, sync and async.

Also tells what importing costs: the median time over a bare interpreter, and that no thread is started, no file but the package's
own code is opened, and none of the large modules is loaded that many programs never need.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from importlib.metadata import files, metadata
from pathlib import Path

IMPORT = """
import sys, os
opened, before = [], set(sys.modules)
sys.addaudithook(lambda event, of: opened.append(str(of[0])) if event == "open" else None)
import tenant_select
threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
strange = [path for path in opened if not path.endswith((".py", ".pyc", ".so", ".pyd", ".dylib")) and ".pyc." not in path]
large = {"asyncio", "logging", "typing"} & (set(sys.modules) - before)
sys.exit(f"{threads} threads, opened {strange}, loaded {large}" if threads != 1 or strange or large else 0)
"""


def seconds(*command: str) -> float:
    """Run the interpreter once."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-I", *command], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Check, and print the figures."""
    for _ in range(3):
        seconds("-c", IMPORT)
    bare, loaded = [], []
    for _ in range(15):
        bare.append(seconds("-c", "pass"))
        loaded.append(seconds("-c", "import tenant_select"))
    cost = (statistics.median(loaded) - statistics.median(bare)) * 1000

    import tenant_select  # noqa: PLC0415 - only now: above it was about others
    from tenant_select.testing import Emulator  # noqa: PLC0415

    installed = [Path(str(file.locate())) for file in files("tenant-select") or []]
    size = sum(path.stat().st_size for path in installed if path.suffix != ".pyc" and path.exists())
    told = metadata("tenant-select")
    assert told["License-Expression"] == "MIT OR Apache-2.0"
    assert sorted(told.get_all("License-File") or []) == ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES.txt"]
    assert all("extra ==" in needed for needed in told.get_all("Requires-Dist") or []), "a dependency at run time"
    assert (Path(tenant_select.__file__).parent / "py.typed").exists()

    with Emulator() as emulator:
        emulator.add_user("ada@example.com", tenants={"acme": {"roles": ["editor"]}})
        refresh_jwt = emulator.sign_in("ada@example.com").refresh_jwt or ""
        with emulator.client() as client:
            switched = client.select_tenant("acme", refresh_jwt)

        async def switch() -> tenant_select.JWTResponse:
            async with emulator.async_client() as client:
                return await client.select_tenant("acme", refresh_jwt)

        for response in (switched, asyncio.run(switch())):
            assert response.session is not None
            assert response.session.active_tenant is not None
            assert response.session.active_tenant.roles == ["editor"]
            assert len(response.set_cookie_headers()) >= 1
    version = ".".join(map(str, sys.version_info[:3]))
    print(
        f"CPython {version}: {size / 1e6:.1f} MB installed, import {cost:.1f} ms over the bare interpreter", flush=True
    )


if __name__ == "__main__":
    main()
