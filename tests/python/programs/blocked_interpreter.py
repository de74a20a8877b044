"""Makes calls and blocks the interpreter until a line arrives, as an extension does that never releases it. Prints how they end."""

import asyncio
import ctypes
import os

from tenant_select import APITimeoutError, AsyncClient

TOKEN = os.environ["REFRESH_JWT"]
# Functions of this kind of library are called without releasing the interpreter.
read = ctypes.PyDLL(None).read
client = AsyncClient()


async def end_of_the_stalled_call() -> str:
    """Make the call that gets no response."""
    try:
        await client.me(TOKEN, timeout=4, retries=0)
    except APITimeoutError as error:
        return error.code
    return "it got a response"


async def main() -> None:
    """Start the calls; from there on they need the interpreter for nothing but to tell how they ended."""
    # Slow steps are intended here, so asyncio must not warn of them.
    asyncio.get_running_loop().slow_callback_duration = float("inf")
    stalled = asyncio.ensure_future(end_of_the_stalled_call())
    others = [asyncio.ensure_future(client.history(TOKEN)) for _ in range(4)]
    selected = asyncio.ensure_future(client.select_tenant("acme", TOKEN, timeout=60))
    await asyncio.sleep(0)
    assert read(0, ctypes.create_string_buffer(1), 1) == 1
    await asyncio.gather(*others)
    response = await selected
    assert response.session.active_tenant is not None
    print(await stalled, response.session.active_tenant.tenant_id)


asyncio.run(main())
