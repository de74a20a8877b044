"""Many callers with one refresh token, against an emulator that rotates it and ends a sign-in when an old token comes back.

Run it as ``python callers.py [NUMBER ...]`` with the numbers of callers; README.md says what it asserts. It prints a row for each
run, and ends with 1 when anything was not as it has to be.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tenant_select import AsyncClient, AuthenticationError, Client, TenantMismatchError, TenantSelectError
from tenant_select.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

SPREAD = 0.5
"""Within how many seconds the callers begin."""
SLOWEST = 200
"""Within how many milliseconds the service responds."""
MIDDLE = SPREAD / 2
USER = "ada@example.com"
FIRST, TENANTS = "initech", ("acme", "globex")

CALLS: dict[str, Callable[[Any, str], Any]] = {
    "refresh": lambda client, token: client.refresh_session(token),
    "acme": lambda client, token: client.select_tenant("acme", token),
    "globex": lambda client, token: client.select_tenant("globex", token),
    "me": lambda client, token: client.me(token),
    "my_tenants": lambda client, token: client.my_tenants(token),
    "history": lambda client, token: client.history(token),
}
"""What callers do, by what they request."""


def tenant(response: Any) -> str | None:
    """Give the tenant of new tokens."""
    grant = response.session.active_tenant
    return None if grant is None else str(grant.tenant_id)


GOOD: dict[str, Callable[[Any], bool]] = {
    "refresh": lambda response: tenant(response) == FIRST,
    "acme": lambda response: tenant(response) == "acme",
    "globex": lambda response: tenant(response) == "globex",
    "me": lambda user: bool(user.login_ids == [USER]),
    "my_tenants": lambda tenants: {entry.id for entry in tenants} == {FIRST, *TENANTS},
    "history": lambda entries: len(entries) > 0,
}
"""What callers get, by what they request."""


@dataclass
class Caller:
    """One caller: when it begins, and how that ended."""

    wanted: str
    delay: float
    began: float = 0.0
    result: object = None


@dataclass
class Scenario:
    """What the callers do, and what happens meanwhile."""

    name: str
    wanted: Callable[[int, random.Random], list[str]]
    exchanges: int | None = None
    """How many exchanges may be made, when that is less than one for each change of what is requested."""
    keys_rotate: bool = False
    signs_out: bool = False


def mixed(callers: int, randomness: random.Random) -> list[str]:
    """Give calls of every kind, in any order."""
    return [randomness.choice([*CALLS]) for _ in range(callers)]


def one_switch(callers: int, randomness: random.Random) -> list[str]:
    """Give calls of every kind, with all selections of one tenant before those of the other."""
    wanted = mixed(callers, randomness)
    selections = sorted(name for name in wanted if name in TENANTS)
    return [selections.pop(0) if name in TENANTS else name for name in wanted]


SCENARIOS = [
    Scenario("mixed", mixed),
    Scenario("one switch", one_switch, exchanges=3),
    Scenario("keys rotate", mixed, keys_rotate=True),
    Scenario("signs out", mixed, signs_out=True),
]


@dataclass
class Run:
    """The callers of one scenario, and what became of them."""

    scenario: Scenario
    callers: list[Caller]
    signed_out: float = float("inf")
    """When the sign-out had ended."""
    seconds: float = 0.0
    counters: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def order(self) -> list[Caller]:
        """Give the callers in the order in which they began."""
        return sorted(self.callers, key=lambda caller: caller.began)

    def allowed(self) -> int:
        """Give how many exchanges may be made: one refresh, and one for each change of the tenant requested."""
        if self.scenario.exchanges is not None:
            return self.scenario.exchanges
        wanted = [caller.wanted for caller in self.order() if caller.wanted in TENANTS]
        changes = sum(now != before for before, now in zip([None, *wanted], wanted, strict=False))
        return changes + any(caller.wanted == "refresh" for caller in self.callers)

    def check(self) -> None:
        """Collect everything that is not as it has to be."""
        for caller in self.order():
            complaint = self.complaint(caller)
            if complaint:
                self.wrong.append(f"{caller.wanted} that began after {caller.began:.3f} s: {complaint}")
        made = self.counters["refreshes"] + self.counters["selections"]
        if made > self.allowed():
            self.wrong.append(f"{made} exchanges, where {self.allowed()} are allowed")
        for name in ("revocations", "reuses", "graceUses"):
            # After a sign-out the service refuses what it is sent.
            if self.counters[name] and not (self.scenario.signs_out and name == "reuses"):
                self.wrong.append(f"{self.counters[name]} {name}")

    def complaint(self, caller: Caller) -> str | None:
        """Tell what is wrong with the end of one call."""
        result: Any = caller.result
        if self.scenario.signs_out and isinstance(result, AuthenticationError):
            return None
        if caller.began > self.signed_out:
            return f"it began after the sign-out and got {result!r}"
        match result:
            case TenantMismatchError() if caller.wanted == "refresh":
                told = (
                    result.outcome == "not_sent" and result.response is not None and tenant(result.response) in TENANTS
                )
                return None if told else f"a mismatch that does not tell the new tenant: {result!r}"
            case BaseException():
                return repr(result)
        return None if GOOD[caller.wanted](result) else f"it got {result!r}"

    def row(self, kind: str) -> str:
        """Give the counts as a row of the table."""
        ends = Counter(
            result.code if isinstance(result := caller.result, TenantSelectError) else "good" for caller in self.callers
        )
        made = self.counters["refreshes"] + self.counters["selections"]
        cells = [
            f"{self.scenario.name:<12}{kind:<9}{len(self.callers):>7}{ends['good']:>7}{ends['TENANT_MISMATCH']:>10}",
            f"{ends['AUTHENTICATION']:>9}{made:>11}{self.allowed():>9}{self.counters['revocations']:>13}{self.seconds:>9.2f}",
        ]
        return "".join(cells)


HEAD = "scenario    client   callers   good  mismatch  refused  exchanges  allowed  revocations  seconds"


def prepare(emulator: Emulator) -> str:
    """Give the refresh token of a user of three tenants, which the service replaces with every exchange."""
    emulator.reset()
    emulator.settings(refreshRotation=True, selectSupersedes=True, reuseDetection=True, rotationGraceSeconds=0)
    emulator.settings(jwtTemplate="default", delayMs=0, delayJitterMs=SLOWEST)
    emulator.add_user(USER, tenants={FIRST: {}, **{name: {} for name in TENANTS}})
    return emulator.sign_in(USER, FIRST).refresh_jwt or ""


def plan(scenario: Scenario, callers: int) -> Run:
    """Give the callers of a scenario, the same ones each time."""
    randomness = random.Random(callers)
    delays = sorted(randomness.random() * SPREAD for _ in range(callers))
    wanted = scenario.wanted(callers, randomness)
    return Run(scenario, [Caller(name, delay) for name, delay in zip(wanted, delays, strict=True)])


def with_tasks(emulator: Emulator, run: Run, token: str) -> None:
    """Let each caller be a task of one event loop."""

    async def call(client: AsyncClient, caller: Caller, start: float) -> None:
        await asyncio.sleep(max(0.0, start + caller.delay - time.perf_counter()))
        caller.began = time.perf_counter() - start
        try:
            caller.result = await CALLS[caller.wanted](client, token)
        except TenantSelectError as error:
            caller.result = error

    async def meanwhile(client: AsyncClient, start: float) -> None:
        await asyncio.sleep(MIDDLE)
        if run.scenario.keys_rotate:
            await asyncio.to_thread(emulator.rotate_keys)
        if run.scenario.signs_out:
            await client.logout(token)
            run.signed_out = time.perf_counter() - start

    async def main() -> None:
        async with emulator.async_client(timeout=60) as client:
            start = time.perf_counter()
            await asyncio.gather(meanwhile(client, start), *(call(client, caller, start) for caller in run.callers))
            run.seconds = time.perf_counter() - start

    asyncio.run(main())


def with_threads(emulator: Emulator, run: Run, token: str) -> None:
    """Let each caller be a thread."""

    def call(client: Client, caller: Caller, start: float) -> None:
        time.sleep(max(0.0, start + caller.delay - time.perf_counter()))
        caller.began = time.perf_counter() - start
        try:
            caller.result = CALLS[caller.wanted](client, token)
        except TenantSelectError as error:
            caller.result = error

    with emulator.client(timeout=60) as client:
        start = time.perf_counter()
        threads = [threading.Thread(target=call, args=(client, caller, start)) for caller in run.callers]
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, start + MIDDLE - time.perf_counter()))
        if run.scenario.keys_rotate:
            emulator.rotate_keys()
        if run.scenario.signs_out:
            client.logout(token)
            run.signed_out = time.perf_counter() - start
        for thread in threads:
            thread.join()
        run.seconds = time.perf_counter() - start


Kind: TypeAlias = "Callable[[Emulator, Run, str], None]"
KINDS: dict[str, Kind] = {"tasks": with_tasks, "threads": with_threads}


def measure(emulator: Emulator, numbers: Iterable[int]) -> list[str]:
    """Make every run and print it; gives everything that was not as it has to be."""
    print(HEAD)
    wrong: list[str] = []
    for callers in numbers:
        for scenario in SCENARIOS:
            for kind, make in KINDS.items():
                token, run = prepare(emulator), plan(scenario, callers)
                make(emulator, run, token)
                run.counters = dict(emulator.counters())  # type: ignore[arg-type]
                run.check()
                print(run.row(kind), flush=True)
                wrong += [f"{scenario.name}, {callers} {kind}: {what}" for what in run.wrong]
    return wrong


def main() -> None:
    """Measure, and end with 1 when anything was wrong."""
    numbers = [int(argument) for argument in sys.argv[1:]] or [25, 100, 1000]
    with Emulator() as emulator:
        wrong = measure(emulator, numbers)
    for what in wrong:
        print(what, file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
