"""The documents of each tenant, in memory."""

from __future__ import annotations

TENANTS = {"acme": "Acme", "globex": "Globex"}

PERSON = {
    "loginId": "ada@example.com",
    "name": "Ada Lovelace",
    "tenants": {
        "acme": {"name": "Acme", "roles": ["editor"], "permissions": ["documents.write"]},
        "globex": {"name": "Globex", "roles": ["viewer"]},
    },
}
"""The one user of the demo: she may write in Acme, and only read in Globex."""


class Documents:
    """What is written in one tenant is not seen in another."""

    def __init__(self) -> None:
        self._titles = {"acme": ["Budget", "Roadmap"], "globex": ["Contract"]}

    def titles(self, tenant: str) -> list[str]:
        return self._titles[tenant]

    def write(self, tenant: str, title: str) -> None:
        self._titles[tenant].append(title)
