"""What comes from Slack, by signed HTTP or Socket Mode: verified, kept durably, then acknowledged.

The same thing sent twice is taken once. It must never acknowledge what is not kept, nor let
anything unsigned further than this.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import structlog

from api.printable import clipped
from twin_core.chat import ChatStore
from twin_core.errors import BadInput, NotAllowed, NotSignedIn, OpsTwinError

log = structlog.get_logger(__name__)

MOST_BYTES = 1 << 20
_STAMP_DIGITS = 12

Payload: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What Slack is answered: an HTTP status and a JSON object, or a text."""

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """Something that came from Slack.

    Attributes:
        key: under which it is kept; empty: it is not.
        again: it was taken before a crash, and is done now.
    """

    payload: Payload
    key: str = ""
    again: bool = False


Dispatch: TypeAlias = Callable[[Arrival], Awaitable[Reply]]


class SlackDoor:
    """The one way in.

    Args:
        store: where it is kept.
        ours: whether the buttons of a payload are ours.
        dispatch: what follows.
        secret: signs what comes by HTTP; empty: nothing does.
        now: host UTC, seconds.
    """

    def __init__(
        self,
        store: ChatStore,
        ours: Callable[[Payload], Awaitable[bool]],
        dispatch: Dispatch,
        secret: str,
        now: Callable[[], float],
    ) -> None:
        self._store, self._ours, self._dispatch = store, ours, dispatch
        self._secret, self._now = secret, now
        self._here: set[str] | None = set()
        """Keys taken since the start, until what was left before it has been done."""

    async def posted(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        """An HTTP request.

        Raises:
            NotSignedIn: its signature is not Slack's, or too old.
            BadInput: it is signed and cannot be read.
            NotAllowed: a button that is none of ours.
            StoreDown: it could not be kept: Slack comes again.
        """
        if parse_qs(body[:200]).get(b"ssl_check") == [b"1"]:
            return Reply()  # Slack looks at our certificate, and signs nothing
        self._verify(body, headers)
        return await self.take(_read(body, headers.get("content-type", "")))

    async def take(self, payload: Payload) -> Reply:
        """Something from Slack itself.

        Raises:
            NotAllowed, StoreDown: as `posted`.
        """
        if payload.get("type") == "url_verification":
            return await self._dispatch(Arrival(payload))
        key = _key(payload)
        if not await self._store.take(key, payload):
            return Reply()
        if self._here is not None:
            self._here.add(key)
        if not await self._ours(payload):
            await self._store.done(key)
            raise NotAllowed("Slack", "press a button that is none of mine", "one of mine")
        return await self._dispatch(Arrival(payload, key))

    async def again(self) -> None:
        """Do what was taken before a crash, and not done; once.

        Raises:
            StoreDown: it is not known what there is.
        """
        if self._here is None:
            return
        left = [taken for taken in await self._store.undone() if taken.key not in self._here]
        self._here = None
        for taken in left:
            try:
                assert isinstance(taken.body, dict)
                await self._dispatch(Arrival(taken.body, taken.key, again=True))
            except OpsTwinError as problem:
                log.warning("what Slack sent was not done", key=taken.key, reason=str(problem))

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Slack's signature: HMAC-SHA-256 over version, time stamp and body, five minutes good."""
        from slack_sdk.signature import Clock, SignatureVerifier

        class Ours(Clock):
            def now(self) -> float:
                return now

        now = self._now()
        stamp = headers.get("x-slack-request-timestamp", "")
        signature = headers.get("x-slack-signature", "")
        plain = stamp.isascii() and stamp.isdecimal() and len(stamp) <= _STAMP_DIGITS
        if not (self._secret and plain and signature.isascii() and _utf8(body)):
            raise NotSignedIn("that is not signed by Slack")
        if not SignatureVerifier(self._secret, Ours()).is_valid(body, stamp, signature):
            raise NotSignedIn("that is not signed by Slack, or was signed too long ago")


def _utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(body: bytes, kind: str) -> Payload:
    """The payload of a request: JSON of events, a form of commands, JSON in a form of the rest."""
    try:
        if kind.partition(";")[0].strip().lower() == "application/json":
            found = json.loads(body)
        else:
            given = parse_qs(body.decode(), keep_blank_values=True)
            form = {name: values[0] for name, values in given.items()}
            found = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError) as problem:
        raise BadInput("What Slack sent is neither JSON nor a form.") from problem
    if not isinstance(found, dict):
        raise BadInput(f"What Slack sent is no object: {clipped(str(found))}.")
    return found


def _key(payload: Payload) -> str:
    """By what the same thing is known again: Slack's own id of it, or else all that it says.

    What differs between two deliveries of one thing is no part of it.
    """
    for name in ("event_id", "trigger_id"):
        found = payload.get(name)
        if isinstance(found, str) and found:
            return f"{name}:{found[:200]}"
    whole = json.dumps(payload, sort_keys=True).encode()
    return f"sha256:{hashlib.sha256(whole).hexdigest()}"
