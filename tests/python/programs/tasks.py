"""A celery application whose tasks use the clients that the worker's main process has used."""

import os
from typing import Any

import celery  # type: ignore[import-untyped]


def application(folder: str, outbox: str = "queue") -> Any:
    """Make the application, for the worker and for its caller: the queue is a folder, which the caller gives another name."""
    application = celery.Celery("tasks", broker="filesystem://", backend=f"file://{folder}/results")
    application.conf.imports = ["programs.served"]  # imported by the worker before it forks, and by no other process
    application.conf.broker_transport_options = {
        "data_folder_in": f"{folder}/queue",
        "data_folder_out": f"{folder}/{outbox}",
        "control_folder": f"{folder}/control",
        "polling_interval": 0.02,
    }
    application.task(name="make_calls")(make_calls)
    return application


def make_calls() -> str:
    """Make the calls."""
    from programs import served  # noqa: PLC0415 - see above

    return served.make_calls().decode()


if "CELERY_FOLDER" in os.environ:
    app = application(os.environ["CELERY_FOLDER"])
