"""A process with one client: it reads calls as lines of JSON and writes what came of them to the file descriptor RESULTS.

Tokens take that way so that what the process prints can be searched for them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tenant_select import AsyncClient, Client, JWTResponse, TenantSelectError

logging.basicConfig(level=logging.DEBUG)
RESULTS = os.fdopen(int(os.environ["RESULTS"]), "w", encoding="utf-8", buffering=1)
WRITING = threading.Lock()


def begin(client: Any, call: dict[str, Any]) -> Any:
    """Begin the call, or make it with a client that does so at once."""
    token, options = call.get("token"), {"timeout": call.get("timeout"), "retries": call.get("retries")}
    match call["call"]:
        case "refresh":
            return client.refresh_session(token, **options)
        case "select":
            return client.select_tenant(call["tenant"], token, **options)
        case "me":
            return client.me(token, **options)
        case "logout":
            return client.logout(token, **options)
    raise ValueError(call)


def good(response: Any) -> dict[str, Any]:
    # A sign-out has no tokens.
    if not isinstance(response, JWTResponse) or response.session_jwt is None:
        return {}
    tenant = response.session.active_tenant if response.session is not None else None
    return {
        "refreshJwt": response.refresh_jwt,
        "sessionJwt": response.session_jwt,
        "tenant": None if tenant is None else tenant.tenant_id,
        "reused": response.reused,
    }


def failed(error: TenantSelectError) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return {"code": error.code, "outcome": error.outcome, "message": str(error)} | (
        {} if response is None else good(response)
    )


def write(call: dict[str, Any], result: dict[str, Any]) -> None:
    with WRITING:
        RESULTS.write(json.dumps({"id": call["id"], **result}) + "\n")


def counters(client: Client | AsyncClient) -> dict[str, Any]:
    return client.diagnostics().to_dict()


def with_threads() -> None:
    with Client() as client, ThreadPoolExecutor(64) as pool:

        def make(call: dict[str, Any]) -> None:
            try:
                write(call, good(begin(client, call)))
            except TenantSelectError as error:
                write(call, failed(error))

        for line in sys.stdin:
            call = json.loads(line)
            if call["call"] == "diagnostics":
                write(call, counters(client))
            else:
                pool.submit(make, call).add_done_callback(complain)


def complain(done: Any) -> None:
    if done.exception() is not None:
        print("a call failed:", repr(done.exception()), file=sys.stderr)
        os._exit(70)


async def with_tasks() -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()

    async def make(call: dict[str, Any]) -> None:
        try:
            write(call, good(await begin(client, call)))
        except TenantSelectError as error:
            write(call, failed(error))

    async with AsyncClient() as client:
        tasks = []
        while line := await lines.get():
            call = json.loads(line)
            if call["call"] == "diagnostics":
                write(call, counters(client))
                continue
            task = asyncio.create_task(make(call))
            task.add_done_callback(complain)
            tasks.append(task)
        await asyncio.gather(*tasks)


if __name__ == "__main__":
    if sys.argv[1] == "threads":
        with_threads()
    else:
        asyncio.run(with_tasks())
