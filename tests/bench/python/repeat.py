"""Operations of the Python package without a network: ``repeat.py validation | tenants | border``, the plan on standard input."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import make_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tenant_select import AsyncClient, Client, JWTResponse

from load import Plan, read_plan, report
from repetition import BATCH, Batches, batches

if TYPE_CHECKING:
    from collections.abc import Callable


def options(plan: Plan) -> dict[str, Any]:
    return {"project_id": plan["fixture"]["projectId"], "base_url": plan["fixture"]["baseUrl"]}


# The highest value of the option.
MAX_TOKEN_BYTES = 65_536


async def validation(plan: Plan) -> dict[str, Any]:
    """A session token whose key is cached, validated by both clients in turn."""
    token = plan["fixture"]["sessionJwt"]
    clock = time.perf_counter
    taken = Batches(plan)
    with Client(**options(plan)) as client, Client(**options(plan), session_cache=100) as caching:
        async with AsyncClient(**options(plan)) as async_client:
            # Fetches the keys, and verifies the token that is kept.
            client.validate_session(token)
            caching.validate_session(token)
            await async_client.validate_session(token)
            while taken.go_on():
                started = clock()
                for _ in range(BATCH):
                    client.validate_session(token)
                taken.note("sync", clock() - started)
                started = clock()
                for _ in range(BATCH):
                    await async_client.validate_session(token)
                taken.note("asyncio", clock() - started)
                started = clock()
                for _ in range(BATCH):
                    caching.validate_session(token)
                taken.note("kept", clock() - started)
    return taken.result()


def tenants(plan: Plan) -> dict[str, Any]:
    """Session tokens with more and more tenants."""
    tokens = plan["fixture"]["tenantTokens"]
    clock = time.perf_counter
    taken = Batches(plan, 16)
    with Client(**options(plan), max_token_bytes=MAX_TOKEN_BYTES) as client:
        # Fetches the keys.
        client.validate_session(tokens["1"])
        while taken.go_on():
            for count, token in tokens.items():
                started = clock()
                for _ in range(taken.size):
                    client.validate_session(token)
                taken.note(count, clock() - started)
    return taken.result()


def handler(response: JWTResponse) -> tuple[object, ...]:
    """What an endpoint that switches the tenant reads."""
    session, user = response.session, response.user
    assert user is not None
    grant = session.active_tenant
    assert grant is not None
    return response.session_jwt, response.refresh_jwt, grant.tenant_id, grant.roles, user.email


def reader(data: dict[str, Any]) -> Callable[[str], object]:
    """What a client in pure Python does to have models: parse, and build a frozen dataclass of each object."""
    frozen = partial(make_dataclass, frozen=True, slots=True)
    response_class, user_class = frozen("Response", data), frozen("User", data["user"])
    tenant_class = frozen("UserTenant", data["user"]["userTenants"][0])

    def read(text: str) -> object:
        response = json.loads(text)
        user = response.pop("user")
        tenants = [tenant_class(**tenant) for tenant in user.pop("userTenants")]
        return response_class(user=user_class(userTenants=tenants, **user), **response)

    return read


def border(plan: Plan) -> dict[str, Any]:
    fixture = plan["fixture"]
    with Client(**options(plan)) as client:
        response = client.select_tenant(fixture["tenant"], fixture["refreshJwts"][0])
    data = response.to_dict()
    text = json.dumps(data)
    assert json.loads(text) == data
    names = {"response": response, "handler": handler, "loads": json.loads, "models": reader(data), "text": text}
    statements = {
        "token": "response.session_jwt",
        "handler": "handler(response)",
        "to_dict": "response.to_dict()",
        "json": "loads(text)",
        "models": "models(text)",
    }
    return batches(plan, {name: (statement, names) for name, statement in statements.items()})


def main() -> None:
    plan = read_plan()
    match sys.argv[1]:
        case "validation":
            report(asyncio.run(validation(plan)))
        case "tenants":
            report(tenants(plan))
        case "border":
            report(border(plan))
        case other:
            raise SystemExit(f"there is no mode {other}")


if __name__ == "__main__":
    main()
