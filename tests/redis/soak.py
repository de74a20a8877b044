"""Users with several tabs each, whose requests reach 8 processes of both languages that share one Redis, for a long time.

Run it as ``python soak.py [--release] [SECONDS]``. 2 % of the requests fail before the service processes them, and 5 % of the calls are given a
deadline that is too short. No user may be signed out. It prints what it has seen, and ends with 1 when anything was not as it has to be.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tenant_select.testing import Emulator

from redis_server import RedisServer, engines
from workers import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

USERS, TABS = 40, 4
PROCESSES = ["threads", "threads", "tasks", "tasks", "node", "node", "node", "node"]
TENANTS = ["acme", "globex"]
THINKING = 0.5
"""For how many seconds a user looks at a page, at most."""
PATIENCE = 120
ROOT = Path(__file__).resolve().parents[2]
RELEASE = {"PYTHONPATH": str(ROOT / "target/soak/python"), "PACKAGE": str(ROOT / "target/soak/node")}
"""Where `make soak-packages` has put the release builds."""
GOOD = {None, "TENANT_MISMATCH"}
"""How calls end that the service has not failed."""
FAILED = {"SERVER", "CONNECTION", "TIMEOUT"}


class Browser:
    """The cookie jar of a user: all tabs use it, and the response that arrives last sets it."""

    def __init__(self, token: str) -> None:
        self.token = token


class Soak:
    """What a run has seen."""

    def __init__(self, workers: Sequence[Worker], seconds: float) -> None:
        self.workers = workers
        self.end = time.monotonic() + seconds
        self.ended: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._lock = threading.Lock()

    def tab(self, browser: Browser, seed: int) -> None:
        """Make calls with moments between them, each with any of the processes."""
        randomness = random.Random(seed)
        while time.monotonic() < self.end and not self.wrong:
            name = randomness.choice(["refresh", "refresh", "select", "me"])
            details: dict[str, object] = {"tenant": randomness.choice(TENANTS)} if name == "select" else {}
            if randomness.random() < 0.05:
                details["timeout"] = randomness.choice([0.005, 0.02, 0.05])
            result = randomness.choice(self.workers).begin(name, browser.token, **details).result(PATIENCE)
            code = result.get("code")
            if token := result.get("refreshJwt"):
                browser.token = token
            with self._lock:
                self.ended[code or ("reused" if result.get("reused") else "good")] += 1
                if code not in GOOD | FAILED:
                    self.wrong.append(f"{name}: {result['message']}")
            time.sleep(randomness.random() * THINKING)


class Pulse:
    """How long Redis takes to respond to a client that does nothing else: a healthy one, on a machine that is not too busy, a moment."""

    def __init__(self, redis: RedisServer) -> None:
        self.redis = redis
        self.longest = 0.0
        self.late = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat)

    def _beat(self) -> None:
        with self.redis.connect() as connection:
            while not self._over.wait(0.02):
                began = time.monotonic()
                connection.call("PING")
                took = time.monotonic() - began
                self.longest = max(self.longest, took)
                self.late += took > 0.1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="store_true", help="with the release builds of `make soak-packages`")
    parser.add_argument("seconds", nargs="?", type=float, default=30.0)
    options = parser.parse_args()
    seconds = options.seconds
    if not engines():
        print("no redis-server and no valkey-server was found: the soak did not run")
        return 0
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(RedisServer(engines()[0], folder))
        binary = ROOT / "target/release/tenant-select-emulator" if options.release else None
        emulator = stack.enter_context(Emulator(binary=binary))
        emulator.settings(refreshRotation=True, selectSupersedes=True, reuseDetection=True, delayJitterMs=20)
        unavailable = {"status": 503, "headers": {"retry-after": "0"}}
        emulator.fault("/v1/auth/*", "status", times=None, probability=0.01, seed=1, **unavailable)  # type: ignore[arg-type]
        emulator.fault("/v1/auth/*", "reset", times=None, probability=0.01, seed=2)
        browsers = []
        for number in range(USERS):
            emulator.add_user(f"user{number}@example.com", tenants={name: {} for name in TENANTS})
            signed_in = emulator.sign_in(f"user{number}@example.com", TENANTS[0])
            browsers.append(Browser(signed_in.refresh_jwt or ""))
        environment = {**emulator.environment, "TENANT_SELECT_SHARED_STATE": redis.url}
        environment |= RELEASE if options.release else {}
        workers = [Worker(kind, environment, folder / f"{number}.log") for number, kind in enumerate(PROCESSES)]
        try:
            run = Soak(workers, seconds)
            tabs = [
                threading.Thread(target=run.tab, args=(browser, number * TABS + tab))
                for number, browser in enumerate(browsers)
                for tab in range(TABS)
            ]
            with Pulse(redis) as pulse:
                for thread in tabs:
                    thread.start()
                for thread in tabs:
                    thread.join()
            counted = [worker.diagnostics() for worker in workers]
            for worker in workers:
                worker.stop()
        finally:
            for worker in workers:
                worker.kill()
        counters = emulator.counters()
    print(f"{seconds:.0f} s: {run.ended.total()} calls to {len(PROCESSES)} processes: {dict(run.ended)}")
    print(f"the service: {counters}")
    print(f"Redis responded to a PING within {pulse.longest * 1000:.0f} ms, {pulse.late} times in more than 100 ms")
    print(f"not in order: {[of['unorderedExchanges'] for of in counted]}")
    print(f"failures of Redis: {[of['sharedStateFailures'] for of in counted]}")
    wrong = [*run.wrong, *(f"{counters[name]} {name}" for name in ("revocations", "reuses") if counters[name])]
    for what in wrong:
        print(what, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
