"""Loads one package in a fresh interpreter: ``startup.py bare | package | client | MODULE``.

It imports nothing else before the measurement, so that the package pays for all that it needs.
"""

import sys
import time


def load(what: str) -> object:
    if what == "bare":
        return None
    if what == "package":
        import tenant_select  # noqa: PLC0415 - what is measured

        return tenant_select
    if what == "client":
        from tenant_select import Client  # noqa: PLC0415 - what is measured

        # The project's id is in the environment.
        return Client()
    return __import__(what)


started = time.perf_counter()
loaded = load(sys.argv[1])
seconds = time.perf_counter() - started
try:
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would be loaded too
        memory = next(str(int(line.split()[1]) * 1024) for line in status if line.startswith("VmRSS:"))
except OSError:
    memory = "null"
print(f'{{"seconds": {seconds}, "memory": {memory}}}')
