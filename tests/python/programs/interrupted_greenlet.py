"""The same as `interrupted`, with the main greenlet in the place of the main thread."""

from gevent import monkey  # type: ignore[import-untyped]

monkey.patch_all()

from gevent.hub import Hub  # type: ignore[import-untyped]  # noqa: E402

# gevent's hub prints it, besides passing it to the main greenlet.
Hub.NOT_ERROR = (*Hub.NOT_ERROR, KeyboardInterrupt)

from programs import interrupted  # noqa: E402

assert interrupted
