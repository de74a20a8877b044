"""Selects a tenant with each token of the file descriptor TOKENS, or only reads them (``control``), and waits."""

from __future__ import annotations

import gc
import json
import os
import sys

from tenant_select import Client


def main() -> None:
    selected = 0
    with os.fdopen(int(os.environ["TOKENS"]), encoding="ascii") as tokens, Client() as client:
        for line in tokens:
            token = line.rstrip("\n")
            if sys.argv[1] == "memory":
                selected += client.select_tenant("globex", token).session is not None
            del line, token
    gc.collect()
    with os.fdopen(int(os.environ["RESULTS"]), "w") as results:
        results.write(json.dumps({"selected": selected}) + "\n")
        results.flush()
        sys.stdin.readline()


main()
