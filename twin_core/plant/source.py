"""A controller or business system: which connector reads it, where, and what its silence means."""

import re
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from twin_core.value import Slug, Value

_FILE = re.compile(r"file:[^\s?#]+")
_URL = re.compile(
    r"[a-z][a-z0-9+.-]*://([^\s/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)"
    r"(:(?P<port>[0-9]*))?([/?#]\S*)?"
)


class Source(Value):
    """A controller or business system to be read, and how.

    Attributes:
        kind: which connector (`opcua`, `modbus`, `mqtt`, `replay`, `cmms`); `http`: none, its
            readings are pushed to us.
        url: where; the emulator and settings may override it. What is pushed has none.
        reports: `on_change`: while it can be heard, a point that it does not tell stands
            unchanged; `every_period`: such a point is missing. Not given: as its protocol has it.
        options: for the connector alone (publishing_s, sampling_s, poll_s, word_order …), in
            plant seconds where they are times.
    """

    id: Slug
    name: str
    kind: Slug
    url: str = Field(default="", validate_default=True)
    reports: Literal["on_change", "every_period"] | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def on_change(self) -> bool:
        """Whether silence of a point means that it stands (OPC 10000-4, 5.13; Sparkplug B, RBE)."""
        if self.reports is not None:
            return self.reports == "on_change"
        return self.kind == "opcua" or self.options.get("payload") == "sparkplug"

    @property
    def public(self) -> "Source":
        """The source without a user or password in its address: as it may be shown."""
        bare = re.sub(r"^([^/?#]*//)[^/?#]*@", r"\1", self.url)
        return self if bare == self.url else self.model_copy(update={"url": bare})

    @property
    def pushed(self) -> bool:
        """Whether its readings are pushed to us; nobody is called."""
        return self.kind == "http"

    @field_validator("url")
    @classmethod
    def _reachable(cls, given: str, others: ValidationInfo) -> str:
        kind, allowed = others.data.get("kind"), "protocol://host or protocol://host:port"
        if kind == "http":
            if given:
                raise PydanticCustomError(
                    "url", "is not needed", {"allowed": "none: what is pushed comes to us"}
                )
            return given
        if kind == "replay":
            if _FILE.fullmatch(given):
                return given
            allowed = "file:PATH, percent-encoded"
        found = _URL.fullmatch(given)
        if found is None or kind == "replay":
            raise PydanticCustomError("url", "is not an address", {"allowed": allowed})
        port = found["port"]
        if port is not None and (len(port) > 5 or not 1 <= int(port or 0) <= 65535):
            raise PydanticCustomError(
                "port", "port “{port}” cannot be", {"port": port, "allowed": "1 to 65535"}
            )
        return given
