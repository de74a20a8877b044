"""What the request contexts of all adapters share: what was decided, and what the response must have."""

from __future__ import annotations

from . import _types as t
from ._native import AuthenticationResult, IncomingRequest, Refusal, Session, TenantGrant


class RequestRefused(Exception):  # noqa: N818 - it is no error of the application, but how the request ends
    """The request must not reach its handler. Adapters turn it into the response.

    Attributes:
        refusal: Why.
        status: The status of the response: that of the refusal, or 303 where ``on_refusal`` gave a location.
        headers: The headers of the response besides those of the results.
        body: The body of the response.
    """

    def __init__(self, refusal: Refusal, location: str | None = None) -> None:
        super().__init__(f"{refusal.status} {refusal.code}")
        self.refusal = refusal
        self.status: int = refusal.status if location is None else 303
        self.headers: list[tuple[str, str]] = refusal.headers if location is None else [("location", location)]
        self.body: bytes = refusal.body.encode() if location is None else b""


class BaseRequestContext:
    """What :class:`RequestContext` and :class:`AsyncRequestContext` share."""

    __slots__ = ("_on_refusal", "_results", "_show_cookies", "forget_cookies", "request")

    def __init__(
        self,
        request: IncomingRequest,
        on_refusal: t.OnRefusal | None = None,
        show_cookies: t.Callable[[str], object] | None = None,
    ) -> None:
        """Begin with nothing decided.

        Args:
            request: The request.
            on_refusal: Gives the location that a refused request is redirected to (303), such as a page to sign in for
                clients that accept HTML; None for the refusal itself.
            show_cookies: Lets later code of the request see this ``Cookie`` header in the place of its own.
        """
        self.request: IncomingRequest = request
        self._on_refusal = on_refusal
        self._show_cookies = show_cookies
        self._results: list[AuthenticationResult] = []
        self.forget_cookies: t.Callable[[], object] | None = None
        """Called when cookies are new, so that a framework that keeps those it has read reads them again."""

    @property
    def session(self) -> Session | None:
        """The session that was found last; None before the first decision, and when there is none."""
        return self._results[-1].session if self._results else None

    @property
    def grant(self) -> TenantGrant | None:
        """The grant of the tenant that was last required; None when none was."""
        return self._results[-1].grant if self._results else None

    @property
    def decided(self) -> bool:
        """Whether anything was decided, so that the response needs headers."""
        return bool(self._results)

    def apply_headers(self, headers: t.Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Add the headers of every result so far to those of the response.

        Args:
            headers: The response's headers, as pairs of name and value.

        Returns:
            All headers of the response; the given ones as long as nothing was decided.
        """
        composed = list(headers)
        for result in self._results:
            composed = result.apply_headers(composed)
        return composed

    def _record(self, result: AuthenticationResult) -> AuthenticationResult:
        self._results.append(result)
        if result.cookie_header is not None:
            self._replace_cookies(result.cookie_header)
        if result.refusal is not None:
            location = None if self._on_refusal is None else self._on_refusal(self.request, result.refusal)
            raise RequestRefused(result.refusal, location)
        return result

    def _replace_cookies(self, cookies: str) -> None:
        """Decide about the rest of the request with the new tokens: with the old ones it would refresh again."""
        request = self.request
        others = [header for header in request.headers if header[0].lower() != "cookie"]
        headers = [*others, ("cookie", cookies)] if cookies else others
        self.request = IncomingRequest(request.method, request.url, headers, websocket=request.websocket)
        if self._show_cookies is not None:
            self._show_cookies(cookies)
        if self.forget_cookies is not None:
            self.forget_cookies()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.request!r}>"
