"""Forks a process whose clients have been used, many times, with or without pending calls in its threads."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable

from tenant_select import AsyncClient, Client

from programs.identity import token

CHILDREN, CALLS, THREADS = (int(argument) for argument in sys.argv[1:4])

client = Client()
async_client = AsyncClient()


def calls() -> None:
    """Make calls of every kind, for the first time in this process."""
    for number in range(CALLS // 2):
        client.select_tenant("acme" if number % 2 else "globex", token())

    async def run() -> None:
        # How long a step took is no complaint here: the machine may be busy.
        asyncio.get_running_loop().slow_callback_duration = float("inf")
        await asyncio.gather(*(async_client.me(token()) for _ in range(CALLS - CALLS // 2)))

    asyncio.run(run())


def child(then: Callable[[], None] = lambda: None) -> int:
    """Fork, make the calls in the child, and give its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        calls()
        then()
        code = 0
    finally:
        os._exit(code)


def wait(pid: int) -> None:
    """Wait for a child, which must end well and soon."""
    deadline = time.monotonic() + 30
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if status:
                sys.exit(f"a child ended with {status}")
            return
        if time.monotonic() > deadline:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            sys.exit("a child hangs")
        time.sleep(0.001)


calls()
stop = threading.Event()


def keep_calling() -> None:
    """The test makes this call a slow one, so that every fork meets some under way."""
    while not stop.is_set():
        client.history(token())


threads = [threading.Thread(target=keep_calling) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for _ in range(CHILDREN):
    wait(child())
wait(child(lambda: wait(child())))  # a grandchild
stop.set()
for thread in threads:
    thread.join()
calls()
