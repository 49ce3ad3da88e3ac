"""Pages as signed HTTP requests, after Standard Webhooks 1.0, to whatever wakes people.

    POST {url}
    webhook-id: the page's id; who has seen it before takes it and tells nobody again
    webhook-timestamp: host UTC seconds
    webhook-signature: v1,BASE64 of HMAC-SHA-256 over "{id}.{timestamp}.{body}"
    {"id", "proposal", "person", "level", "text", "at"}

Any 2xx takes a page; everything else is tried again, some times. It must never say that a page
was taken when nobody said so, nor follow a redirect to somewhere else.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from connectors.backoff import Backoff
from connectors.loopback import is_loopback
from connectors.vendor_error import clause
from twin_core.errors import BadInput, SourceDown
from twin_core.governance.ports import Page

_TRIES = 8  # with the delays between them about a minute, if refused at once
_MOST_S = 30.0
_PREFIX = "whsec_"


class PageWebhook:
    """A Pager.

    Args:
        url: where to; `http` on this machine only.
        secret: `whsec_` and base64 of 24 to 64 bytes, shared with who takes the pages.
        now: host UTC, seconds.
        jitter: numbers in [0, 1).
        first_s: the first delay between two tries, host seconds; the others double.
        answer_s: host seconds for one try, from the connection to the answer.

    Raises:
        BadInput: another URL or secret than can be used.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        now: Callable[[], int],
        jitter: Callable[[], float],
        first_s: float = 0.5,
        answer_s: float = 5.0,
    ) -> None:
        self._url = _checked(url)
        self._key = _key(secret)
        self._now = now
        self._jitter = jitter
        self._first_s = first_s
        self._answer_s = answer_s
        # The environment's proxies are not ours to follow; settings are passed in.
        self._http = httpx.AsyncClient(
            trust_env=False, timeout=answer_s, verify=self._url.startswith("https:")
        )

    async def page(self, page: Page) -> None:
        """Hand a page over; the same id again is the receiver's to know.

        Raises:
            SourceDown: no try of several was answered by a 2xx.
        """
        body = page.model_dump_json(exclude={"channel"}).encode()
        backoff = Backoff(self._jitter, self._first_s, _MOST_S)
        while why := await self._tried(page.id, body):
            delay = backoff.next()
            if backoff.tries >= _TRIES:
                raise SourceDown("page_webhook", f"{why}, {_TRIES} times")
            await asyncio.sleep(delay)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _tried(self, name: str, body: bytes) -> str:
        """Why one try was in vain; empty if it was not."""
        headers = {**self._signed(name, body), "content-type": "application/json"}
        try:
            async with (
                asyncio.timeout(self._answer_s),
                self._http.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                return "" if answer.is_success else f"it answers {answer.status_code}"
        except TimeoutError:
            return f"no answer in {self._answer_s:g} s"
        except httpx.HTTPError as problem:
            return clause(problem) if str(problem) else type(problem).__name__

    def _signed(self, name: str, body: bytes) -> dict[str, str]:
        at = str(self._now())
        mac = hmac.new(self._key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(mac).decode()}"
        return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": signature}


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        parts.port  # noqa: B018 a bad port raises
    except ValueError:
        host, secure = "", False
    if not host or not (secure or (parts.scheme == "http" and is_loopback(host))):
        raise BadInput(
            f"page_webhook: “{url}” is no address for pages; allowed: https://HOST/…, "
            "http://localhost:PORT/… on this machine."
        )
    return url


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise BadInput(
            "OPSTWIN_PAGE_WEBHOOK_SECRET: allowed: whsec_ and base64 of 24 to 64 random bytes, "
            "e.g. echo whsec_$(openssl rand -base64 32)."
        )
    return key
