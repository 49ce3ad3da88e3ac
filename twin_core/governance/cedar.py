"""Cedar behind policy's door: a fixed schema, rules compiled once, a question answered.

The schema is always given and every word in a rule is checked against it, so that no rule is
skipped for an error; Allow counts only without errors. It must never decide what has no rule.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from twin_core.answer import Role
from twin_core.governance.cedar_text import bounded, idle, named
from twin_core.governance.request import Kind, Request, State, Tier, Verb
from twin_core.value import Value

if TYPE_CHECKING:
    import cedarpy


def _names(words: object) -> str:
    return ", ".join(f'"{word}"' for word in get_args(words))


SCHEMA: str = f"""\
entity Role enum [{_names(Role)}];
entity Kind enum [{_names(Kind)}];
entity Tier enum [{_names(Tier)}];
entity State enum [{_names(State)}];
entity Person in [Role];
entity Asset in [Asset];
action {_names(Verb)} appliesTo {{
    principal: Person,
    resource: Asset,
    context: {{ kind: Kind, tier: Tier, permille: Long, lines: Long, money: Long, state: State }}
}};
"""
"""What rules can speak of.

`permille`: how far a point is moved, of a thousand of its range; `lines`: production lines that can
feel it; `money`: the most that may be won or lost by the forecast, in whole units of the plant's
currency, 2^53 where it is not known; `state`: of the asset, as PackML has it.
"""


_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ANYBODY = ""
"""The id of whom no rule names; no rule can name it."""


class Verdict(Value):
    """What the rules say of one asset.

    Attributes:
        by: ids of the rules that decided; none where nothing permits it.
        errors: why there is no decision.
    """

    allowed: bool
    by: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Rules:
    """Rules in Cedar's language, checked and compiled.

    Args:
        text: policies, each with its `@id("…")`.

    Raises:
        ValueError: they cannot be read, or say what the schema does not know; in one sentence.
    """

    def __init__(self, text: str) -> None:
        import cedarpy

        bounded(text)
        self._cedar = cedarpy
        self._schema = cedarpy.Schema.from_str(SCHEMA)
        self._set = cedarpy.PolicySet.from_str(text)
        try:
            tree: Mapping[str, Any] = json.loads(cedarpy.policies_to_json_str(text))
        except RecursionError as problem:
            raise ValueError("a rule has too many parts; allowed: several rules") from problem
        if tree["templates"]:
            raise ValueError("a template (?principal, ?resource) is no rule; allowed: whole rules")
        self._bodies: Mapping[str, Any] = tree["staticPolicies"]
        self._ids: dict[str, str] = {}
        for number, (name, body) in enumerate(self._bodies.items(), start=1):
            id_ = body.get("annotations", {}).get("id")
            if not _ID.fullmatch(id_ or ""):
                allowed = "allowed: small letters, digits and dashes"
                raise ValueError(f'rule {number} of {len(self._bodies)} has no @id("…"); {allowed}')
            if id_ in self._ids.values():
                raise ValueError(f'two rules are @id("{id_}")')
            self._ids[name] = id_
        self._people = {one for body in self._bodies.values() for one, _ in named(body, "Person")}
        if _ANYBODY in self._people:
            raise ValueError('Person::"" is nobody; allowed: a user\'s id')
        found = cedarpy.validate_policies(text, SCHEMA)
        if not found.validation_passed:
            raise ValueError(self._said(str(found.errors[0])))
        for name, body in self._bodies.items():
            for why in idle(body):
                raise ValueError(f"rule {self._ids[name]}: {why}")

    @property
    def ids(self) -> tuple[str, ...]:
        """The rules' ids, in order."""
        return tuple(self._ids.values())

    def ask(self, request: Request, asset: str) -> Verdict:
        """What the rules say of the request about one of its assets."""
        # whom no rule names is anybody with his roles: so few are parsed, and once
        user = request.who.user if request.who.user in self._people else _ANYBODY
        question = {
            "principal": _uid("Person", user),
            "action": _uid("Action", request.verb),
            "resource": _uid("Asset", asset),
            "context": {
                "kind": _uid("Kind", request.kind),
                "tier": _uid("Tier", request.tier),
                "permille": request.stakes.permille,
                "lines": request.stakes.lines,
                "money": request.stakes.amount,
                "state": _uid("State", request.states.get(asset, "unknown")),
            },
        }
        known = _entities(user, request.who.roles_at(asset), asset)
        found = self._cedar.is_authorized(question, self._set, known, self._schema)
        by = tuple(sorted(self._ids.get(name, name) for name in found.diagnostics.reasons))
        errors = tuple(self._said(str(error)) for error in found.diagnostics.errors)
        decided = found.decision is not self._cedar.Decision.NoDecision
        if errors or not decided:
            return Verdict(allowed=False, by=by, errors=errors or ("no decision",))
        return Verdict(allowed=found.decision is self._cedar.Decision.Allow, by=by)

    def assets(self) -> Iterator[tuple[str, str, bool]]:
        """The assets that rules name: id of the rule, path, whether without what lies below it."""
        for name, body in self._bodies.items():
            for path, alone in sorted(set(named(body, "Asset"))):
                yield self._ids[name], path, alone

    def _said(self, problem: str) -> str:
        """A message of Cedar's with our name of the rule."""

        def ours(found: re.Match[str]) -> str:
            name = found[found.lastindex or 0]
            return f"rule {self._ids.get(name, name)}"

        once = re.sub(r"\[(policy\d+)\] for policy `\1`", ours, problem)
        return re.sub(r"\[(policy\d+)\]|policy `(policy\d+)`", ours, once)


@lru_cache(maxsize=64)
def compiled(text: str) -> Rules:
    """The rules of a text, which were compiled before if they were asked for before.

    Raises:
        ValueError: as of `Rules`.
    """
    return Rules(text)


@lru_cache(maxsize=1024)
def _entities(user: str, roles: tuple[Role, ...], asset: str) -> "cedarpy.Entities":
    """The person in the roles he has there, and the asset in all that it is a part of."""
    import cedarpy

    parts = asset.split("/")
    paths = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    known = [_entity("Person", user, [_uid("Role", role) for role in roles])]
    for above, path in zip((None, *paths), paths, strict=False):
        known.append(_entity("Asset", path, [] if above is None else [_uid("Asset", above)]))
    return cedarpy.Entities.from_json_str(json.dumps(known))


def _entity(kind: str, name: str, parents: list[dict[str, str]]) -> dict[str, Any]:
    return {"uid": _uid(kind, name), "attrs": {}, "parents": parents}


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}
