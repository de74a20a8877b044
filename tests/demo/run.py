"""Starts the emulator, signs a user in once per language, and runs the demo programs one after the other.

Usage: ``python run.py [LANGUAGE…]``; without one, Rust, Python and Node.

Needs nothing but the standard library: the programs themselves use the packages that `make demo` has built.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent

USER = {
    "loginId": "ada@example.com",
    "name": "Ada",
    "tenants": {
        "acme": {"name": "Acme", "roles": ["editor"], "permissions": ["documents.write"]},
        "globex": {"name": "Globex", "roles": ["viewer", "billing"], "permissions": ["documents.read"]},
    },
}

PROGRAMS = {
    "Rust": [str(ROOT / "target/debug/examples/demo")],
    "Python": [sys.executable, str(HERE / "demo.py")],
    "Node": ["node", str(HERE / "demo.mjs")],
}


def post(url: str, body: object) -> dict[str, object]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        content: dict[str, object] = json.load(response)
        return content


def main() -> int:
    # The emulator is on loopback; a proxy of the environment has no business there.
    urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
    binary = ROOT / "target/debug/tenant-select-emulator"
    emulator = subprocess.Popen(
        [str(binary), "--watch-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert emulator.stdout is not None
        ready = json.loads(emulator.stdout.readline())
        url = ready["url"]
        print(f"the emulator of the session API runs at {url}\n", flush=True)
        post(f"{url}/emulator/users", USER)
        for language in sys.argv[1:] or PROGRAMS:
            # Each language gets a user session that is acting in acme.
            signed_in = post(f"{url}/emulator/sign-in", {"loginId": USER["loginId"], "tenant": "acme"})
            environment = os.environ | {
                "DESCOPE_PROJECT_ID": ready["projectId"],
                "DESCOPE_BASE_URL": url,
                "SESSION_JWT": str(signed_in["sessionJwt"]),
                "REFRESH_JWT": str(signed_in["refreshJwt"]),
                "TENANT": "globex",
            }
            environment.pop("DESCOPE_BASE_URI", None)
            print(language, flush=True)
            subprocess.run(PROGRAMS[language], env=environment, check=True)
            print(flush=True)
    finally:
        assert emulator.stdin is not None
        emulator.stdin.close()
        emulator.wait(timeout=10)
    return 0


if __name__ == "__main__":
    sys.exit(main())
