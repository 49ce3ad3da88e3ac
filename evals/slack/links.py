"""What Slack hands out with an interaction and takes back once or a few times.

A `trigger_id` opens one view within three seconds; a `response_url` answers five times within
half an hour; both die on the workspace's clock. A ticket lets one socket in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from evals.slack.channel import Message
from evals.slack.clock import Clock
from evals.slack.refused import Refused

_TRIGGER_S = 3.0
_URL_S, _URL_USES = 1800.0, 5


@dataclass
class Trigger:
    """A trigger: whose, since when, whether it was exchanged for a view."""

    user: str
    at: float
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an interaction may be answered: for whom, in which channel, at which message."""

    user: str
    channel: str
    at: float
    message: Message | None = None
    uses: int = 0


class Links:
    """All that were handed out."""

    def __init__(self, clock: Clock, names: Iterator[str]) -> None:
        self._clock, self._names = clock, names
        self.triggers: dict[str, Trigger] = {}
        self.urls: dict[str, ResponseUrl] = {}
        self._tickets: set[str] = set()

    def trigger(self, user: str) -> str:
        """A new trigger_id for what a member did just now."""
        name = f"{int(self._clock.now())}.{next(self._names)}.{next(self._names)}"
        self.triggers[name] = Trigger(user, self._clock.now())
        return name

    def exchange(self, name: str) -> str:
        """The member whose trigger it is; it opens nothing again.

        Raises:
            Refused: `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`.
        """
        trigger = self.triggers.get(name)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock.now() - trigger.at > _TRIGGER_S:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def url(self, user: str, channel: str, message: Message | None = None) -> str:
        """The key of a new response_url."""
        key = f"{next(self._names)}{next(self._names)}"
        self.urls[key] = ResponseUrl(user, channel, self._clock.now(), message)
        return key

    def answer(self, key: str) -> ResponseUrl:
        """The response_url that is used now.

        Raises:
            Refused: `not_found`, `expired_url`, `used_url`.
        """
        url = self.urls.get(key)
        if url is None:
            raise Refused("not_found")
        if self._clock.now() - url.at > _URL_S:
            raise Refused("expired_url")
        if url.uses >= _URL_USES:
            raise Refused("used_url")
        url.uses += 1
        return url

    def ticket(self) -> str:
        """What one new socket is let in with."""
        name = next(self._names)
        self._tickets.add(name)
        return name

    def admits(self, ticket: str) -> bool:
        """Whether a socket with this ticket is let in; the next one with it is not."""
        known = ticket in self._tickets
        self._tickets.discard(ticket)
        return known
