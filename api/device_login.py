"""Signing in at an OpenID provider from a terminal: the device authorization grant (RFC 8628).

The person opens a page on any screen and types a code; no password passes through here. What is
asked goes to the provider itself. It must never follow it to an address that is not safe.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from api.printable import clipped, printable
from twin_core.errors import BadInput, NotSignedIn, SourceDown

if TYPE_CHECKING:
    import httpx

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL_S = 5.0
"""Between two questions, where the provider says nothing (section 3.2)."""
_SLOWER_S = 5.0
"""So much longer after `slow_down` (section 3.5)."""
_LONGEST_S = 1800.0


def signed_in(
    way: Mapping[str, str],
    http: "httpx.Client",
    tell: Callable[[str], None],
    wait: Callable[[float], object],
) -> str:
    """The token that the provider gives once the person has agreed.

    Args:
        way: issuer, client_id, scope and which token is wanted, as `GET /login` told it.
        http: without redirects.
        tell: shows the person a line.
        wait: lets so many seconds pass.

    Raises:
        NotSignedIn: he refused, or took too long.
        SourceDown: the provider does not answer, or not as RFC 8628 says.
    """
    issuer = way["issuer"]
    about = _asked(http, issuer, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if about.get("issuer") != issuer:
        raise SourceDown(issuer, "it says that it is another issuer")
    if "device_authorization_endpoint" not in about:
        raise SourceDown(issuer, "it has no device authorization grant (RFC 8628)")
    who = {"client_id": way["client_id"]}
    start = _asked(http, issuer, "POST", about["device_authorization_endpoint"],
                   {**who, "scope": way["scope"]})  # fmt: skip
    code, page, typed = (start.get(k) for k in ("device_code", "verification_uri", "user_code"))
    if not all(isinstance(said, str) for said in (code, page, typed)):
        raise SourceDown(issuer, f"it gave no code: {_error(start)}")
    tell(f"Open {printable(str(page))} and enter the code {printable(str(typed))}")
    every, left = (
        _seconds(start, "interval", _INTERVAL_S),
        _seconds(start, "expires_in", _LONGEST_S),
    )
    while left > 0:
        wait(every)
        left -= every
        told = _asked(http, issuer, "POST", about.get("token_endpoint"),
                      {**who, "grant_type": _GRANT, "device_code": str(code)})  # fmt: skip
        error = told.get("error")
        if error is None:
            token = told.get(way["token"])
            if not isinstance(token, str):
                raise SourceDown(issuer, f"it gave no {way['token']}")
            return token
        if error == "slow_down":
            every += _SLOWER_S
        elif error != "authorization_pending":
            raise NotSignedIn(f"the provider says {_error(told)}")
    raise NotSignedIn("the code has expired")


def _asked(
    http: "httpx.Client", issuer: str, method: str, url: object, form: dict[str, str] | None = None
) -> Mapping[str, Any]:
    import httpx

    parts = urlsplit(str(url))
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise BadInput(f"“{clipped(str(url))}” is no safe address of a provider; allowed: https.")
    try:
        told = http.request(method, str(url), data=form).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as problem:
        raise SourceDown(issuer, str(problem) or type(problem).__name__) from problem
    if not isinstance(told, dict):
        raise SourceDown(issuer, f"{parts.path} is no JSON object")
    return told


def _seconds(told: Mapping[str, Any], name: str, usual: float) -> float:
    said = told.get(name)
    if isinstance(said, int | float) and 0 < said <= _LONGEST_S:
        return float(said)
    return usual


def _error(told: Mapping[str, Any]) -> str:
    return clipped(str(told.get("error", "nothing of use")))
