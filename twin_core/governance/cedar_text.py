"""What a policy's text may be before and beside Cedar's own checks: bounded, and not idle.

The engine parses by its native stack, which no handler catches when it is used up; and it passes
what can never hold, so that a prohibition would forbid nothing and nobody would hear of it.
"""

import re
from collections.abc import Iterator, Mapping

LONGEST, LONGEST_RULE, DEEPEST = 65_536, 4_000, 30
"""Characters of all rules and of one; brackets inside each other."""
_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|//[^\n]*|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)|(?P<other>.)',
    re.DOTALL,
)
_SUMS = frozenset({"+", "-", "*", "neg"})
_UNUSED = frozenset({"has", "hasTag", "getTag", "is"})
_SAME = frozenset((kind, kind) for kind in ("Person", "Asset", "Kind", "Tier", "State", "Role"))
_WITHIN = frozenset({("Person", "Role"), ("Person", "Person"), ("Asset", "Asset")})
_ALONE = frozenset({"==", "!=", "contains", "containsAll", "containsAny"})
_HOLDS: Mapping[str, frozenset[tuple[str, str]]] = {"in": _WITHIN, **dict.fromkeys(_ALONE, _SAME)}
"""By operator, the pairs of entity types of which it can hold."""
_TYPES = {name.lower(): {name} for name in ("Kind", "Tier", "State")}
"""By attribute of a question, the entity types that it can have."""


def bounded(text: str) -> None:
    """Return if a text is no longer and no deeper than the engine's stack surely holds.

    Raises:
        ValueError: it is; what is too much, and what is allowed.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters of rules; allowed: {LONGEST}")
    depth = start = 0
    for token in _TOKEN.finditer(text):
        depth += {"open": 1, "close": -1}.get(token.lastgroup or "", 0)
        if depth > DEEPEST:
            raise ValueError(f"brackets inside more than {DEEPEST} others; allowed: fewer")
        if token.end() - start > LONGEST_RULE:
            raise ValueError(f"a rule of more than {LONGEST_RULE} characters; allowed: several")
        if token.lastgroup == "end":
            start = token.end()


def idle(tree: object) -> Iterator[str]:
    """What a rule says that can never hold, so that it would forbid or permit nothing.

    `tree` is the rule as Cedar's JSON.
    """
    if isinstance(tree, list):
        for part in tree:
            yield from idle(part)
    if not isinstance(tree, Mapping):
        return
    if tree.get("op") == "is":
        yield "“is” is not used here: a principal is a Person, a resource an Asset"
    for key, part in tree.items():
        if key in _UNUSED:
            yield f"“{key}” is not used here: every question has every attribute, and no tag"
        if key in _SUMS and isinstance(part, Mapping):
            yield "a rule does sums, which can overflow and then refuse all; allowed: a number"
        sides = part if isinstance(part, Mapping) else {}
        if key in _HOLDS and {"left", "right"} <= set(sides):
            if key == "in" and "Value" in sides["left"]:
                yield "a name stands left of “in”; allowed: resource in Asset::…"
            pairs = {(a, b) for a in _types(sides["left"]) for b in _types(sides["right"])}
            if pairs and not pairs & _HOLDS[key]:
                a, b = min(pairs)
                yield f"a {a} is never {key} a {b}; allowed: principal in Role, resource in Asset"
        yield from idle(part)


def named(tree: object, kind: str, *, alone: bool = False) -> Iterator[tuple[str, bool]]:
    """Assets, or people, anywhere in a rule's tree, and whether without what lies below them."""
    if isinstance(tree, list):
        for part in tree:
            yield from named(part, kind, alone=alone)
    if not isinstance(tree, Mapping):
        return
    if tree.get("type") == kind and isinstance(tree.get("id"), str):
        yield tree["id"], alone
    alone = tree["op"] == "==" if "op" in tree else alone
    for key, part in tree.items():
        yield from named(part, kind, alone=key != "in" and (alone or key in _ALONE))


def _types(tree: object) -> set[str]:
    """Entity types that an expression can have; empty where it is none, or is not told."""
    if not isinstance(tree, Mapping):
        return set()
    if "Var" in tree:
        return {"principal": {"Person"}, "resource": {"Asset"}}.get(tree["Var"], set())
    if "." in tree:
        return _TYPES.get(tree["."].get("attr"), set())
    value = tree.get("Value")
    if isinstance(value, Mapping):
        return {value["__entity"]["type"]} if "__entity" in value else set()
    return {kind for part in tree.get("Set", ()) for kind in _types(part)}
