"""An X.509 certificate as people judge it: whose it is, until when, by what it is recognised.

It must never decide whom to trust: a person does, by the fingerprint.
"""

from datetime import UTC, datetime
from typing import Literal

from twin_core.value import SECOND, Instant, Value

EXPIRING_DAYS = 30
"""Days before its end from which a certificate is spoken of."""
_DAY: int = 86_400 * SECOND


class Certificate(Value):
    """What a certificate says of its holder.

    Attributes:
        holder: whose it is to us: `this application`, or the URL at which a person accepted it.
        subject, issuer: distinguished names (RFC 4514).
        application_uri: the URI of its alternative names (OPC 10000-6, 6.2.2); empty = none.
        hosts: host names and addresses of its alternative names.
        fingerprint: SHA-256 of the whole certificate, 64 hexadecimal digits.
        not_before, not_after: ends included.
        key_bits: length of its RSA key; 0 for another kind of key.
    """

    holder: str
    subject: str
    issuer: str
    application_uri: str
    hosts: tuple[str, ...]
    fingerprint: str
    not_before: Instant
    not_after: Instant
    key_bits: int

    def state(self, now: Instant) -> Literal["valid", "expiring", "expired", "not yet valid"]:
        """How it stands at ledger time `now`."""
        if now < self.not_before:
            return "not yet valid"
        if now > self.not_after:
            return "expired"
        return "expiring" if now > self.not_after - EXPIRING_DAYS * _DAY else "valid"

    def told(self, now: Instant) -> str:
        """That state as one clause with its date."""
        state = self.state(now)
        if state == "not yet valid":
            return f"not valid before {_date(self.not_before)}"
        if state == "expired":
            return f"expired on {_date(self.not_after)}"
        if state == "expiring":
            days = max(0, (self.not_after - now) // _DAY)
            return f"expires in {days} days, on {_date(self.not_after)}"
        return f"valid until {_date(self.not_after)}"


class Offer(Value):
    """A certificate as a server shows it to anybody.

    Attributes:
        certificate: what it says; `holder` is the server's address.
        der: the certificate itself.
        application_uri: what the server calls itself beside it.
        policies: security policies with which it signs and encrypts.
    """

    certificate: Certificate
    der: bytes
    application_uri: str
    policies: tuple[str, ...]


def _date(at: Instant) -> str:
    return datetime.fromtimestamp(at // SECOND, tz=UTC).date().isoformat()
