"""HTTP mode: deliveries as signed POSTs to the app's request URL, true ones and forged ones.

Source: Slack's "Verifying requests from Slack", Events API and slash command pages.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import httpx

from evals.slack.deliveries import PATIENCE_S, Attempt, Deliveries, Delivery
from evals.slack.records import Records

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_OLD_S = 600


@dataclass(frozen=True)
class Request:
    """One POST, as it goes over the wire."""

    body: bytes
    headers: dict[str, str]

    def without(self, header: str) -> "Request":
        """The same, with a header missing."""
        return replace(self, headers={k: v for k, v in self.headers.items() if k != header})

    def having(self, header: str, value: str) -> "Request":
        """The same, with another value of a header."""
        return replace(self, headers={**self.headers, header: value})

    def saying(self, body: bytes) -> "Request":
        """The same signature over another body."""
        return replace(self, body=body)


SIGNATURE, TIMESTAMP = "X-Slack-Signature", "X-Slack-Request-Timestamp"


class Requests:
    """What was POSTed to the app.

    Attributes:
        sent: every request, oldest first.
        timeout_s: how long an answer is waited for, in seconds of the host.
    """

    def __init__(self, slack: Records, deliveries: Deliveries) -> None:
        self._slack, self._deliveries = slack, deliveries
        self._client: httpx.AsyncClient | None = None
        self.sent: list[Request] = []
        self.timeout_s = PATIENCE_S

    @property
    def connected(self) -> bool:
        """Whether the app told where it is reached."""
        return bool(self._slack.request_url)

    def signed(
        self,
        body: str,
        kind: str = _JSON,
        *,
        timestamp: str | None = None,
        secret: str | None = None,
    ) -> Request:
        """A request with Slack's signature v0.

        Args:
            body: what it says.
            kind: its content type.
            timestamp: seconds since 1970; now if none. It may be no number at all.
            secret: what it is signed with, if not with the app's signing secret.
        """
        at = str(int(self._slack.clock.now())) if timestamp is None else timestamp
        key = self._slack.signing_secret if secret is None else secret
        mac = hmac.new(key.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": kind, TIMESTAMP: at, SIGNATURE: f"v0={mac}",
                   "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}  # fmt: skip
        return Request(body.encode(), headers)

    def request(self, delivery: Delivery, **how: Any) -> Request:
        """A delivery as its signed request; `how` as for `signed`."""
        if delivery.kind == "events_api":
            return self.signed(json.dumps(delivery.payload), _JSON, **how)
        if delivery.kind == "slash_commands":
            return self.signed(urlencode(delivery.payload), _FORM, **how)
        return self.signed(urlencode({"payload": json.dumps(delivery.payload)}), _FORM, **how)

    def forged(self, delivery: Delivery) -> dict[str, Request]:
        """Requests that Slack did not send, or not like this: what is wrong → the request."""
        true = self.request(delivery)
        now = self._slack.clock.now()
        return {
            "stale": self.request(delivery, timestamp=str(int(now - _OLD_S))),
            "from the future": self.request(delivery, timestamp=str(int(now + _OLD_S))),
            "timestamp is no number": self.request(delivery, timestamp="today"),
            "timestamp is not finite": self.request(delivery, timestamp="inf"),
            "timestamp is empty": self.request(delivery, timestamp=""),
            "no timestamp": true.without(TIMESTAMP),
            "another timestamp": true.having(TIMESTAMP, str(int(now) - 1)),
            "no signature": true.without(SIGNATURE),
            "empty signature": true.having(SIGNATURE, ""),
            "another version": true.having(SIGNATURE, true.headers[SIGNATURE].replace("v0", "v1")),
            "wrong secret": self.request(delivery, secret=self._slack.signing_secret[::-1]),
            "tampered body": true.saying(true.body.replace(b"A0TWIN", b"A0EVIL") + b" "),
        }

    async def replay(self, delivery: Delivery) -> httpx.Response:
        """Send the very bytes and headers of a delivery once more, as a thief of them would.

        Raises:
            httpx.HTTPError: the app cannot be reached, or takes too long.
        """
        raw: Request = delivery.attempts[0].raw
        return await self.post(raw)

    async def post(self, request: Request) -> httpx.Response:
        """Send any request to the app.

        Raises:
            httpx.HTTPError: the app cannot be reached, or takes too long.
        """
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self.timeout_s, trust_env=False)
        self.sent.append(request)
        return await self._client.post(
            self._slack.request_url, content=request.body, headers=request.headers
        )

    async def send(self, delivery: Delivery, attempt: Attempt) -> None:
        """Send a delivery, and take the answer."""
        request = self.request(delivery)
        if attempt.number:
            request = request.having("X-Slack-Retry-Num", str(attempt.number))
            request = request.having("X-Slack-Retry-Reason", _reason(attempt.reason))
        attempt.raw = request
        try:
            response = await self.post(request)
        except httpx.TimeoutException:
            attempt.problem = "http_timeout"
        except httpx.HTTPError:
            attempt.problem = "connection_failed"
        else:
            if response.is_success:
                answer = _answer(response)
                if answer is not None and not delivery.accepts_answer:
                    self._slack.complaints.append(
                        f"An answer where none is taken: {response.text[:200]}"
                    )
                    answer = None
                self._deliveries.answered(delivery, attempt, answer)
                return
            attempt.problem = "http_error"
        self._deliveries.settle(delivery)

    async def verify_url(self) -> bool:
        """Whether the app answers the challenge that Slack puts to a new request URL."""
        challenge = next(self._slack.names)
        told = {"token": self._slack.verification, "challenge": challenge,
                "type": "url_verification"}  # fmt: skip
        response = await self.post(self.signed(json.dumps(told)))
        said = response.text
        if response.headers.get("content-type", "").startswith(_JSON):
            said = response.json().get("challenge")
        return response.is_success and said == challenge

    async def ssl_check(self) -> bool:
        """Whether the app answers Slack's look at its certificate; it comes without signature."""
        body = urlencode({"ssl_check": "1", "token": self._slack.verification}).encode()
        response = await self.post(Request(body, {"Content-Type": _FORM}))
        return response.is_success

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _reason(reason: str | None) -> str:
    return "http_timeout" if reason in {None, "timeout"} else str(reason)


def _answer(response: httpx.Response) -> Any:
    if not response.content.strip():
        return None
    if response.headers.get("content-type", "").startswith(_JSON):
        try:
            return response.json()
        except ValueError:
            return response.text
    return {"text": response.text}
