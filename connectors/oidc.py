"""Tokens of an OpenID provider: its keys fetched and kept, a JWT checked against them.

RS256 and ES256 only; the algorithm is the key's, never what the token asks for. A `kid` is looked
up among the keys the provider published and goes nowhere else. It must never say what somebody may.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.loopback import is_loopback
from connectors.vendor_error import clause
from twin_core.errors import BadInput, NotSignedIn, SourceDown
from twin_core.value import SECOND, Instant

if TYPE_CHECKING:
    import httpx
    import jwt

_ALGORITHMS = frozenset({"RS256", "ES256"})
_LEAST_BITS = 2048
"""Of an RSA key (RFC 7518, section 3.3)."""
_LONGEST = 16 << 10
"""Characters of a token."""
_MOST_BYTES = 1 << 20
"""Of what the provider says of itself, and of its keys."""
_MOST_KEYS = 100
_TIMEOUT_S = 5.0
_RENEW_S = 600.0
"""Keys of that age are fetched again: a key that the provider dropped is good no longer."""
_KEYS_S = 3600.0
"""So long keys are used while the provider does not answer."""
_RETRY_S = 10.0
"""No more often is it asked, whatever tokens come."""
_LEEWAY = 30 * SECOND
"""How far its clock may be from ours."""


@dataclass(frozen=True)
class Registration:
    """Who we are at a provider.

    Attributes:
        issuer: its URL, as its tokens say it.
        client_id: ours there.
        audience: whom tokens must be meant for.
        ca_file: whom we trust, over the system's authorities.
    """

    issuer: str
    client_id: str
    audience: str
    ca_file: str = ""


class OidcProvider:
    """Checks the tokens of one provider.

    Args:
        who: issuer, client and audience.
        now: ledger time, by which tokens begin and end.
        monotonic: by which keys grow old.

    Raises:
        BadInput: the issuer is no address that could be trusted.
    """

    def __init__(
        self, who: Registration, now: Callable[[], Instant], monotonic: Callable[[], float]
    ) -> None:
        _check("oidc_issuer", who.issuer)
        self._who, self._now, self._monotonic = who, now, monotonic
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._problem = "its keys were never had"
        self._fetching: asyncio.Task[None] | None = None

    async def verified(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that is the provider's, meant for us, and good now.

        Raises:
            NotSignedIn: it is not; why.
            SourceDown: the provider does not answer, and its keys are too old.
        """
        import jwt

        if len(token) > _LONGEST:
            raise NotSignedIn(f"the token is longer than {_LONGEST} characters")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as problem:
            raise NotSignedIn("the token is no JWT") from problem
        kid = header.get("kid")
        if header.get("alg") not in _ALGORITHMS or not isinstance(kid, str) or "crit" in header:
            raise NotSignedIn(
                f"the token has no kid, a crit, or an alg other than {' or '.join(_ALGORITHMS)}"
            )
        key = await self._key(kid)
        if key is None:
            raise NotSignedIn("the token is signed by none of the provider's keys")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._who.audience,
                issuer=self._who.issuer,
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,  # times are compared with our clock, below
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as problem:
            raise NotSignedIn(f"the provider's token is not good here: {problem}") from problem
        self._meant_for_us(claims)
        self._in_time(claims)
        return claims

    async def close(self) -> None:
        """Ask no more."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _meant_for_us(self, claims: Mapping[str, Any]) -> None:
        """OpenID Connect Core 1.0, section 3.1.3.7, 3 to 5."""
        several = isinstance(claims["aud"], list) and len(claims["aud"]) != 1
        if claims.get("azp", None if several else self._who.client_id) != self._who.client_id:
            raise NotSignedIn("the token was given to another program")

    def _in_time(self, claims: Mapping[str, Any]) -> None:
        times = {name: claims.get(name, 0) for name in ("exp", "nbf", "iat")}
        for name, at in times.items():
            if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 1e12:
                raise NotSignedIn(f"the token's {name} is no time")
        now = self._now()
        if times["exp"] * SECOND <= now - _LEEWAY:
            raise NotSignedIn("the token has expired")
        if max(times["nbf"], times["iat"]) * SECOND > now + _LEEWAY:
            raise NotSignedIn("the token is not good yet")

    async def _key(self, kid: str) -> "jwt.PyJWK | None":
        now = self._monotonic()
        wanted = kid not in self._keys or now - self._fetched > _RENEW_S
        if self._fetching is None and wanted and now - self._tried > _RETRY_S:
            self._tried = now
            self._fetching = asyncio.create_task(self._fetch(), name="keys of the provider")
        if self._fetching is not None and wanted:
            await asyncio.shield(self._fetching)  # who goes away does not keep them from others
        if self._monotonic() - self._fetched > _KEYS_S:
            raise SourceDown(self._who.issuer, f"nobody can sign in there: {self._problem}")
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        """Ask for the keys; if that fails, those there are stay until they are too old."""
        import httpx

        try:
            verify = await asyncio.to_thread(_trusted, self._who.ca_file)
            async with httpx.AsyncClient(
                verify=verify, timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False
            ) as http:
                self._keys = await _published(http, self._who.issuer)
            self._fetched = self._monotonic()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError,
                BadInput) as problem:  # fmt: skip
            self._problem = clause(problem)
        finally:
            self._fetching = None


def _trusted(ca_file: str) -> ssl.SSLContext:
    """The authorities of the system, and of a file besides; both are read from disk."""
    trusted = ssl.create_default_context()
    if ca_file:
        trusted.load_verify_locations(ca_file)
    return trusted


def _check(what: str, url: object) -> None:
    """Return if an address is one of HTTPS, or of this machine, and carries no password.

    Raises:
        BadInput: it is not.
    """
    parts = urlsplit(url) if isinstance(url, str) and re.fullmatch(r"[!-~]+", url) else None
    host = "" if parts is None else parts.hostname
    safe = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host or ""))
    )
    if not host or not safe or "@" in (parts.netloc if parts is not None else ""):
        raise BadInput(
            f"{what} is no address of a provider; "
            "allowed: https://HOST/…, or http://… on this machine, without user or password."
        )


async def _published(http: "httpx.AsyncClient", issuer: str) -> Mapping[str, "jwt.PyJWK"]:
    """The keys that an issuer publishes (OpenID Connect Discovery 1.0, section 4)."""
    told = await _read(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise BadInput("it says that it is another issuer")
    _check("jwks_uri", told.get("jwks_uri"))
    return _usable(await _read(http, told["jwks_uri"]))


async def _read(http: "httpx.AsyncClient", url: str) -> Mapping[str, Any]:
    body = bytearray()
    async with http.stream("GET", url) as answer:
        if answer.status_code != 200:
            raise BadInput(f"{urlsplit(url).path} was answered with {answer.status_code}")
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > _MOST_BYTES:
                raise BadInput(f"{urlsplit(url).path} is larger than {_MOST_BYTES >> 20} MiB")
    told = json.loads(body)
    if not isinstance(told, dict):
        raise BadInput(f"{urlsplit(url).path} is no JSON object")
    return told


def _usable(told: Mapping[str, Any]) -> Mapping[str, "jwt.PyJWK"]:
    """The keys that signatures of ours are made with, by kid; all others are left."""
    import jwt

    found: dict[str, jwt.PyJWK] = {}
    listed = told.get("keys")
    for entry in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError):
            continue  # of a kind that we do not take
        small = key.key_type == "RSA" and key.key.key_size < _LEAST_BITS
        if isinstance(key.key_id, str) and key.algorithm_name in _ALGORITHMS and not small:
            found[key.key_id] = key
    return found
