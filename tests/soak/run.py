"""Soaks: many calls, many clients and many calls at once, in each language, against an emulator that rotates tokens and fails at times.

Run it as ``python run.py [--whole] [--release] [--only TEXT] [--scenario NAME]``; README.md says what is judged. It prints one line for
each run, and ends with 1 when anything was not as it has to be.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tenant_select.testing import Emulator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCENARIOS = ["calls", "clients", "pending"]
FAILED = {"CONNECTION", "SERVER"}
"""How calls may end that met a fault."""
KIB = 1024
PATIENCE = {"small": 300, "whole": 4 * 3600}
"""After how many seconds a run counts as hung."""

Plan = dict[str, Any]


def drivers(profile: str) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Return the command and the environment of each driver, by its name."""
    built = ROOT / "target" / profile
    packages = ROOT / "target/soak"
    python = {"PYTHONPATH": str(packages / "python")} if profile == "release" else {}
    node = {"PACKAGE": str(packages / "node" if profile == "release" else ROOT / "node")}
    program = [sys.executable, str(HERE / "driver.py")]
    return {
        "rust": ([str(built / "examples/soak")], {}),
        "python sync": ([*program, "sync"], python),
        "python asyncio": ([*program, "asyncio"], python),
        "node": (["node", str(HERE / "driver.mjs")], node),
    }


def slope(samples: list[list[int]]) -> float:
    """Return by how many KiB the memory grows over a thousand calls: the line of least squares."""
    counts, bytes_ = [sample[0] for sample in samples], [sample[1] for sample in samples]
    return statistics.linear_regression(counts, bytes_).slope * 1000 / KIB


class Run:
    """One scenario in one language."""

    def __init__(self, plan: Plan, driver: str, scenario: str) -> None:
        self.plan, self.driver, self.scenario = plan, driver, scenario
        self.emulator = Emulator(binary=plan["emulator"])
        self.rotated = 0
        self.most_descriptors = 0
        self.result: dict[str, Any] = {}
        self.counters: dict[str, int] = {}
        self.seconds = 0.0
        self.wrong: list[str] = []

    def run(self) -> None:
        """Prepare the service, run the driver, and judge."""
        with self.emulator as emulator:
            order = self._prepare()
            command, environment = self.plan["drivers"][self.driver]
            began = time.monotonic()
            with subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as process:
                over = threading.Event()
                watch = threading.Thread(target=self._accompany, args=(process.pid, over))
                watch.start()
                try:
                    output, _ = process.communicate(json.dumps(order), self.plan["patience"])
                except subprocess.TimeoutExpired:
                    process.kill()
                    self.wrong.append(f"it had not ended after {self.plan['patience']} s")
                    return
                finally:
                    over.set()
                    watch.join()
            self.seconds = time.monotonic() - began
            self.counters = dict(emulator.counters())  # type: ignore[arg-type]
        if process.returncode != 0:
            self.wrong.append(f"the driver ended with {process.returncode}")
            return
        self.result = json.loads(output)
        {"calls": self._judge_calls, "clients": self._judge_clients, "pending": self._judge_pending}[self.scenario]()

    def _prepare(self) -> Plan:
        emulator, plan = self.emulator, self.plan
        emulator.settings(**plan["settings"])
        names = [f"user{number}@example.com" for number in range(plan["workers"])]
        for name in names:
            emulator.add_user(name, tenants={tenant: {} for tenant in plan["tenants"]})
        each = 1
        if self.scenario == "calls":
            # Each unknown outcome takes a sign-in; twice as many as are expected, and a few.
            each = 8 + math.ceil(plan["calls"] / plan["workers"] * plan["shareOfFaults"])
        with ThreadPoolExecutor(4) as pool:
            tokens = pool.map(lambda name: emulator.sign_in(name, plan["tenants"][0]), names * each)
            pairs = [(signed_in.refresh_jwt, signed_in.session_jwt) for signed_in in tokens]
        if self.scenario == "calls":
            for fault in plan["faults"]:
                emulator.control("POST", "faults", {"path": "/v1/auth/*", "times": None, **fault})
        if self.scenario == "pending":
            emulator.fault("/v1/auth/me", "delay", times=None, delayMs=plan["pendingMs"])
        return {
            **{
                name: plan[name]
                for name in ("operations", "tenants", "workers", "calls", "clients", "pending", "pendingRounds")
            },
            "timeoutSeconds": plan["timeoutSeconds"],
            "sampleEvery": max(1, plan[self.scenario] // 200),
            "name": self.scenario,
            "baseUrl": emulator.url,
            "projectId": emulator.project_id,
            "refreshJwt": pairs[0][0],
            "signIns": [pairs[number :: plan["workers"]] for number in range(plan["workers"])],
        }

    def _accompany(self, pid: int, over: threading.Event) -> None:
        """Rotate keys as the calls go on, and watch the number of descriptors."""
        exchanges = self.plan["calls"] * sum(name in {"refresh", "select"} for name in self.plan["operations"])
        step = exchanges / len(self.plan["operations"]) / (self.plan["keyRotations"] + 1)
        while not over.wait(0.2):
            try:
                self.most_descriptors = max(self.most_descriptors, sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()))
            except OSError:
                return
            if self.scenario != "calls":
                continue
            counters = self.emulator.counters()
            if (
                counters["refreshes"] + counters["selections"] > step * (self.rotated + 1)
                and self.rotated < self.plan["keyRotations"]
            ):
                # An hour later, the key before the last is gone.
                self.emulator.control("POST", "keys/retire")
                self.emulator.advance_clock(3600)
                self.emulator.rotate_keys()
                self.rotated += 1

    def _expect(self, holds: bool, text: str) -> None:
        if not holds:
            self.wrong.append(text)

    def _after_warm_up(self) -> list[list[int]]:
        samples = self.result["samples"]
        return list(samples[int(len(samples) * self.plan["warmUp"]) :])

    def _constant(self, samples: list[list[int]]) -> None:
        quarter = max(1, len(samples) // 4)
        for index, name, more in ((2, "descriptors", 2), (3, "threads", 0)):
            first, last = (
                statistics.median(sample[index] for sample in part) for part in (samples[:quarter], samples[-quarter:])
            )
            self._expect(last <= first + more, f"{name}: {first} became {last}")

    def _judge_calls(self) -> None:
        ended, counters, plan = self.result["ended"], self.counters, self.plan
        made = sum(ended.values())
        self._expect(made == plan["calls"] // plan["workers"] * plan["workers"], f"{made} calls ended")
        for what in ended:
            known = what in {"read", "delivered"} or what.split()[0] in FAILED
            self._expect(known, f"{ended[what]} calls ended with {what}")
        for name in ("reuses", "revocations", "graceUses"):
            self._expect(not counters[name], f"{counters[name]} {name}")
        issued = counters["refreshes"] + counters["selections"]
        delivered = ended.get("delivered", 0)
        unknown = sum(count for what, count in ended.items() if what.endswith("unknown exchange"))
        self._expect(
            delivered <= issued <= delivered + unknown, f"{issued} issued, {delivered} delivered, {unknown} unknown"
        )
        self._expect(self.rotated == plan["keyRotations"], f"{self.rotated} rotations of keys")
        samples = self._after_warm_up()
        self._constant(samples)
        if plan["size"] == "whole":
            self._expect(
                slope(samples) <= plan["kibPerThousandCalls"],
                f"memory grows by {slope(samples):.2f} KiB per 1,000 calls",
            )

    def _judge_clients(self) -> None:
        samples = self._after_warm_up()
        self._expect(self.result["ended"] == {"read": self.plan["clients"]}, f"{self.result['ended']}")
        self._constant(samples)
        if self.plan["size"] == "whole":
            self._expect(slope(samples) <= KIB, f"memory grows by {slope(samples):.0f} KiB per 1,000 clients")

    def _judge_pending(self) -> None:
        samples = self.result["samples"]
        wanted = {"read": self.plan["pending"] * self.plan["pendingRounds"]}
        self._expect(self.result["ended"] == wanted, f"{self.result['ended']}")
        self._expect(self.most_descriptors > self.plan["pending"], f"{self.most_descriptors} descriptors at most")
        self._constant(samples)

    def keep(self) -> None:
        """Keep all samples in a file."""
        folder = ROOT / "target/soak/results"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.driver} {self.scenario}.json".replace(" ", "-")).write_text(json.dumps(self.result))

    def line(self) -> dict[str, Any]:
        """What is printed."""
        said: dict[str, Any] = {"driver": self.driver, "scenario": self.scenario, "seconds": round(self.seconds)}
        if self.result:
            samples = self._after_warm_up()
            said["ended"] = self.result["ended"]
            said["kibPerThousand"] = round(slope(samples), 3) if len({sample[0] for sample in samples}) > 1 else None
            for index, name in ((1, "memory"), (2, "descriptors"), (3, "threads")):
                said[name] = [samples[0][index], samples[-1][index], max(sample[index] for sample in samples)]
            said["descriptorsPeak"] = self.most_descriptors
            said["keyRotations"] = self.rotated
            said["service"] = self.counters
        said["wrong"] = self.wrong
        return said


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--whole", action="store_true", help="at full size")
    parser.add_argument("--release", action="store_true", help="with the release builds of `make soak-packages`")
    parser.add_argument("--only", default="", help="the drivers whose name contains this")
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    parser.add_argument("--calls", type=int, help="another number of calls")
    options = parser.parse_args()
    size, profile = "whole" if options.whole else "small", "release" if options.release else "debug"
    plan: Plan = json.loads((HERE / "plan.json").read_text())
    plan |= {**plan.pop("sizes")[size], "size": size, "patience": PATIENCE[size], "drivers": drivers(profile)}
    plan["emulator"] = ROOT / "target" / profile / "tenant-select-emulator"
    plan["calls"] = options.calls or plan["calls"]
    wrong = 0
    for name in plan["drivers"]:
        for scenario in options.scenario or SCENARIOS:
            if options.only not in name:
                continue
            run = Run(plan, name, scenario)
            run.run()
            run.keep()
            print(json.dumps(run.line()), flush=True)
            wrong += len(run.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
