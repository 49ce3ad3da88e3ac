"""How Slack checks JSON: a rule looks at a value, and says what is wrong with it and where.

A rule takes the value, its JSON pointer and the list it adds faults to. Rules are pure, and
whatever JSON they are given, they never raise.

Source: the messages that Slack's `response_metadata.messages` are reported to have.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Rule = Callable[[Any, str, list[str]], None]


def fault(what: str, where: str) -> str:
    """One line of `response_metadata.messages`, without its level."""
    return f"{what} [json-pointer:{where}]"


def string(longest: int | None = None, shortest: int = 1, form: str = "") -> Rule:
    """A text of so many characters, of a form (a regular expression for all of it)."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if not isinstance(value, str):
            faults.append(fault("must provide a string", where))
        elif longest is not None and len(value) > longest:
            faults.append(fault(f"must be less than {longest + 1} characters", where))
        elif len(value) < shortest:
            faults.append(fault(f"must be more than {shortest - 1} characters", where))
        elif form and not re.fullmatch(form, value, re.DOTALL):
            faults.append(fault("is not of the format that is expected", where))

    return rule


def choice(*allowed: str) -> Rule:
    """One of a few words."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if not isinstance(value, str) or value not in allowed:
            faults.append(fault("must be a valid enum value", where))

    return rule


def boolean(value: Any, where: str, faults: list[str]) -> None:
    """`true` or `false`, not a word for it."""
    if not isinstance(value, bool):
        faults.append(fault("must provide a boolean", where))


def whole(least: int, most: int) -> Rule:
    """A whole number in a range."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            faults.append(fault("must provide a number", where))
        elif not least <= value <= most:
            faults.append(fault(f"must be between {least} and {most}", where))

    return rule


def number(value: Any, where: str, faults: list[str]) -> None:
    """A number of any kind."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        faults.append(fault("must provide a number", where))


def url(longest: int, schemes: str = r"[A-Za-z][A-Za-z0-9+.-]*:") -> Rule:
    """An address of so many characters that begins with a scheme (a regular expression)."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        before = len(faults)
        string(longest)(value, where, faults)
        if len(faults) == before and not re.match(rf"{schemes}\S", value):
            faults.append(fault("invalid url", where))

    return rule


def anything(_value: Any, _where: str, _faults: list[str]) -> None:
    """What is not checked here."""


def array(each: Rule, most: int | None = None, fewest: int = 1) -> Rule:
    """A list of so many, each by its rule."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if not isinstance(value, list):
            faults.append(fault("must provide an array", where))
            return
        if most is not None and len(value) > most:
            faults.append(fault(f"no more than {most} items allowed", where))
            return
        if len(value) < fewest:
            faults.append(fault(f"no fewer than {fewest} items allowed", where))
        for number, item in enumerate(value):
            each(item, f"{where}/{number}", faults)

    return rule


def record(
    required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, *also: Rule
) -> Rule:
    """An object with these fields and no others.

    Args:
        required: fields that must be there.
        optional: fields that may be.
        also: rules about the whole, asked once the fields are right.
    """
    known = {**(optional or {}), **required}

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if not isinstance(value, dict):
            faults.append(fault("must provide an object", where))
            return
        before = len(faults)
        missing = (name for name in required if name not in value)
        faults.extend(fault(f"missing required field: {name}", where) for name in missing)
        for name, held in value.items():
            if name in known:
                known[name](held, f"{where}/{name}", faults)
            else:
                faults.append(fault(f"invalid additional property: {name}", where))
        if len(faults) == before:
            for more in also:
                more(value, where, faults)

    return rule


def one_of(kinds: Mapping[str, Rule], allowed: Sequence[str] | None = None) -> Rule:
    """An object whose `type` decides which rule it keeps."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if not isinstance(value, dict):
            faults.append(fault("must provide an object", where))
            return
        kind = value.get("type")
        if kind is None:
            faults.append(fault("missing required field: type", where))
        elif not isinstance(kind, str) or kind not in (kinds if allowed is None else allowed):
            faults.append(fault(f"unsupported type: {str(kind)[:50]}", f"{where}/type"))
        else:
            before = len(faults)
            kinds[kind]({k: v for k, v in value.items() if k != "type"}, where, faults)
            if len(faults) > before:
                faults.insert(before, fault("failed to match all allowed schemas", where))

    return rule


def exactly_one(*names: str) -> Rule:
    """Of these fields, one and no more."""

    def rule(value: Any, where: str, faults: list[str]) -> None:
        if sum(name in value for name in names) != 1:
            faults.append(fault(f"must provide exactly one of: {', '.join(names)}", where))

    return rule


def plain(longest: int, shortest: int = 1) -> Rule:
    """A text object that is `plain_text`."""
    return one_of({"plain_text": _plain(longest, shortest)})


def text(longest: int) -> Rule:
    """A text object, plain or with markup."""
    marked = record({"text": string(longest)}, {"verbatim": boolean})
    return one_of({"plain_text": _plain(longest, 1), "mrkdwn": marked})


def _plain(longest: int, shortest: int) -> Rule:
    return record({"text": string(longest, shortest)}, {"emoji": boolean})
