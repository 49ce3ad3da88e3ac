"""People of an OpenID provider: who a checked token speaks of, and what his groups let him do.

Roles come from settings alone: a group that is not mapped gives nothing. What a provider said of
somebody holds for as long as `oidc_claims_s` says after it was last said; then he has no right,
and an approval of his no longer counts. It must never believe what was not checked.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from api.identity import PROVIDED, Identity
from api.settings import Settings
from twin_core.answer import Asker, Grant
from twin_core.errors import NotSignedIn

_USER = re.compile(r"[A-Za-z0-9._@|+=-]{1,128}")
_LONGEST_NAME = 100
_MOST_GROUPS = 1000


class Provided:
    """Who comes with a provider's token.

    Args:
        settings: names of claims, and what each group may.
        verified: the claims of a token that is good; raises NotSignedIn.
        identity: where it is kept who was met.
    """

    def __init__(
        self,
        settings: Settings,
        verified: Callable[[str], Awaitable[Mapping[str, Any]]],
        identity: Identity,
    ) -> None:
        self._settings = settings
        self._verified = verified
        self._identity = identity
        self._grants = {
            group: tuple(Grant.parse(text) for text in texts)
            for group, texts in settings.oidc_groups.items()
        }

    @property
    def way_in(self) -> dict[str, str]:
        """What a program must know to let somebody sign in at the provider."""
        settings = self._settings
        own = settings.oidc_audience in {None, settings.oidc_client_id}
        return {
            "issuer": settings.oidc_issuer or "",
            "client_id": settings.oidc_client_id or "",
            "scope": settings.oidc_scope,
            "token": "id_token" if own else "access_token",
        }

    async def bearer(self, token: str) -> Asker:
        """Whose token it is.

        Raises:
            NotSignedIn: it is not good, it names nobody, or he is disabled here.
            SourceDown: it cannot be checked.
        """
        claims = await self._verified(token)
        said = _claim(claims, self._settings.oidc_user_claim)
        if not isinstance(said, str) or not _USER.fullmatch(said):
            claim = self._settings.oidc_user_claim
            raise NotSignedIn(
                f"the token's {claim} is no name; allowed: 1 to 128 of letters, digits and ._@|+=-"
            )
        user = f"{PROVIDED}{said}"
        return await asyncio.to_thread(
            self._identity.meet, user, self._name(claims, user), self._held(claims)
        )

    def _name(self, claims: Mapping[str, Any], user: str) -> str:
        said = _claim(claims, self._settings.oidc_name_claim)
        good = isinstance(said, str) and said.isprintable() and said.strip()
        return said.strip()[:_LONGEST_NAME] if good else user

    def _held(self, claims: Mapping[str, Any]) -> tuple[Grant, ...]:
        """What his groups give, in the order of the settings."""
        said = _claim(claims, self._settings.oidc_groups_claim)
        listed = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        groups = {group for group in listed[:_MOST_GROUPS] if isinstance(group, str)}
        held = (grant for group in self._grants if group in groups for grant in self._grants[group])
        return tuple(dict.fromkeys(held))


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by its path where there is none of the whole name (`a.b`)."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
