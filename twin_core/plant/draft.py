"""A plant file's draft from proposals: `opstwin plant check` accepts it, a person edits it.

Nothing a server says gets into it but as a quoted text or a comment on one line. What is not
known is said to be not known, and listed.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twin_core.plant.classes import Role
from twin_core.plant.likeness import same_unit
from twin_core.plant.proposal import Fit, Machine
from twin_core.plant.survey import Survey, Tag

_SURE = 0.85  # a score below is to be looked at
_NOTED = 500  # tags left out that are written down one by one
_ID = re.compile(r"[^a-z0-9]+")
_LONGEST = 40
_ENCRYPTED = ("modbuss:", "mqtts:")


@dataclass(frozen=True)
class Draft:
    """A plant file's text and what a person must still decide, one sentence each."""

    text: str
    decisions: tuple[str, ...]
    points: int
    units: int


def draft(
    survey: Survey,
    machines: Sequence[Machine],
    class_files: Sequence[str],
    options: Mapping[str, Any],
) -> Draft:
    """The draft of a plant file.

    Args:
        survey: what was found.
        machines: what is proposed.
        class_files: names of class files, as seen from the plant file.
        options: of the source, beside its namespace.
    """
    return _Writer(survey, machines, class_files, options).draft()


class _Writer:
    """Puts the lines together."""

    def __init__(
        self,
        survey: Survey,
        machines: Sequence[Machine],
        class_files: Sequence[str],
        options: Mapping[str, Any],
    ) -> None:
        self._survey = survey
        self._machines = machines
        self._files = class_files
        self._options = options
        self._decisions: list[str] = []
        self._taken: set[tuple[str, ...]] = set()

    def draft(self) -> Draft:
        known = [machine for machine in self._machines if machine.kind is not None]
        lines: dict[tuple[str, ...], list[Machine]] = {}
        for machine in known:
            lines.setdefault(machine.path[:-1], []).append(machine)
        body = [*self._head(), "areas:", "  - id: area", "    name: Area", "    lines:"]
        for above, members in lines.items():
            body += self._line(above, members)
        self._general(known)
        left = self._left()
        noted = [f"#  - {decision}" for decision in self._decisions]
        top = [
            f"# Draft, made by `opstwin plant discover {_line(self._survey.url)}`.",
            "# Numbers behind a # are scores from 0 to 1. To be decided by a person:",
            *noted,
        ]
        return Draft(
            text="\n".join([*top, *body, *left, ""]),
            decisions=tuple(self._decisions),
            points=sum(len(machine.fits) for machine in known),
            units=len(known),
        )

    def _head(self) -> list[str]:
        name = self._survey.name or "New site"
        options: dict[str, Any] = {**self._survey.options, **self._options}
        if self._survey.namespace:
            options = {"namespace": self._survey.namespace, **options}
        given = ", ".join(f"{key}: {json.dumps(value)}" for key, value in options.items())
        self._decisions += [
            "site, name, area and line names: they are guessed from what the server calls itself.",
            "timezone: UTC until the plant's own is given.",
            *(_line(sentence) for sentence in self._survey.decide),
        ]
        kind, url = self._survey.kind, _quoted(self._survey.url)
        source = f"id: plc, name: {_quoted(name)}, kind: {kind}, url: {url}"
        return [
            "schema: 1",
            f"site: {_quoted(self._id(name, ()))}",
            f"name: {_quoted(name)}",
            "timezone: UTC",
            f"classes: [{', '.join(_quoted(file) for file in self._files)}]",
            "sources:",
            f"  - {{{source}, options: {{{given}}}}}",
        ]

    def _line(self, above: tuple[str, ...], members: Sequence[Machine]) -> list[str]:
        name = above[-1] if above else "Line"
        models = {m.kind.model for m in members if m.kind is not None}
        produced = Counter(
            fit.spec.unit for m in members for fit in m.fits if fit.spec.role is Role.PRODUCED
        )
        path = self._id(" ".join(above) or "line", ("line",))
        lines = [f"      - id: {_quoted(path)}", f"        name: {_quoted(name)}"]
        if "machine" in models:
            lines.append("        kind: production")
            if produced:
                unit = produced.most_common(1)[0][0]
                lines.append(f"        unit_of_flow: {_quoted(unit)}")
            self._decisions.append(
                f"{_line(name)}: `flow` of its machines (in, takes, out, gives), `counted_at` and "
                "the feeds links from machine to machine: no server tells them."
            )
        else:
            lines.append(f"        kind: {'storage' if models == {'store'} else 'utility'}")
        lines.append("        units:")
        for machine in members:
            lines += self._unit(machine, path)
        return lines

    def _unit(self, machine: Machine, line: str) -> list[str]:
        kind = machine.kind
        assert kind is not None
        name = machine.path[-1] if machine.path else kind.name
        shown = _line(name)
        rival = f", or {machine.rival[0]} {machine.rival[1]:.2f}" if machine.rival else ""
        if machine.rival or machine.score < _SURE:
            self._decisions.append(f"{shown}: is it a {kind.id}? Score {machine.score:.2f}{rival}.")
        missing = [p.id for p in kind.points if p.id not in {fit.spec.id for fit in machine.fits}]
        if missing:
            self._decisions.append(f"{shown}: no tag was found for {', '.join(missing)}.")
        lines = [
            f"          - id: {_quoted(self._id(name, ('unit', line)))}",
            f"            name: {_quoted(name)}",
            f"            class: {kind.id}  # {machine.score:.2f}{rival}",
            "            source: plc",
            "            points:",
        ]
        return lines + [self._point(fit, shown) for fit in machine.fits]

    def _point(self, fit: Fit, machine: str) -> str:
        tag, spec = fit.tag, fit.spec
        given = [f"address: {_address(tag)}"]
        notes = [f"{fit.score:.2f}", _line("/".join(tag.path[-2:]))]
        if tag.shown is not None:
            notes.append(f"shows {tag.shown:g}")
            if tag.range is None and not spec.limits.holds(tag.shown):
                self._decisions.append(
                    f"{machine}: {spec.id} shows {tag.shown:g}, not {spec.limits.low:g} to "
                    f"{spec.limits.high:g}: look at its type, scale and order of words."
                )
        if fit.score < _SURE:
            self._decisions.append(
                f"{machine}: is {_line(tag.path[-1])} its {spec.id}? Score {fit.score:.2f}."
            )
        if same_unit(tag, spec) is None and spec.unit != "1":
            notes.append(f"no unit given, {spec.unit} assumed")
        if spec.adjustable is not None and not tag.writable:
            given.append("adjustable: null")
            notes.append("not offered for writing")
        shown = tag.range
        if shown is not None and not (
            spec.limits.holds(shown.low) and spec.limits.holds(shown.high)
        ):
            low, high = min(spec.limits.low, shown.low), max(spec.limits.high, shown.high)
            given.append(f"limits: {{low: {low!r}, high: {high!r}}}")
            notes.append(f"range {shown.low:g} to {shown.high:g}")
        return f"              {spec.id}: {{{', '.join(given)}}}  # {', '.join(notes)}"

    def _general(self, known: Sequence[Machine]) -> None:
        unsaid = sum(
            same_unit(fit.tag, fit.spec) is None and fit.spec.unit != "1"
            for machine in known
            for fit in machine.fits
        )
        if unsaid:
            self._decisions.append(
                f"units of {unsaid} points: none are given, the classes' are assumed."
            )
        shut = sum(
            fit.spec.adjustable is not None and not fit.tag.writable
            for machine in known
            for fit in machine.fits
        )
        if shut:
            self._decisions.append(
                f"{shut} set points are read only: nothing says that they may be written; take "
                "`adjustable: null` away where they may."
            )
        self._decisions += [
            "nameplate parameters (rated speeds …): the classes' usual values are used.",
            "links that supply (air, power …), products, orders, shifts, prices: none are known.",
        ]
        if self._survey.kind == "mqtt":
            self._decisions.append(
                "period_s of the points: nodes tell what changes; give each a period within which "
                "it surely does."
            )
        encrypted = self._options.get("encrypt") or self._survey.url.startswith(_ENCRYPTED)
        if self._survey.kind != "replay" and not encrypted:
            self._decisions.append(
                "security: the server is read without encryption; see `opstwin certs`."
            )
        left = sum(len(machine.rest) for machine in self._machines)
        if left:
            self._decisions.append(
                f"{left} tags that are not taken; the end of the file lists them."
            )
        self._decisions += [f"{_line(sentence)}." for sentence in self._survey.left_out]
        self._decisions += [f"{_line(sentence)}." for sentence in self._survey.doubts]

    def _left(self) -> list[str]:
        rows = [
            f"#  {_line(tag.key)}: {_line('/'.join(tag.path))}{_unit_of(tag)}: {_line(why)}"
            for machine in self._machines
            for tag, why in machine.rest
        ]
        more = [f"#  … and {len(rows) - _NOTED} more"] if len(rows) > _NOTED else []
        return ["# Not taken:", *rows[:_NOTED], *more] if rows else []

    def _id(self, name: str, among: tuple[str, ...]) -> str:
        """An id that no other has among its kind."""
        plain = _ID.sub("_", name.lower()).strip("_")[:_LONGEST].strip("_") or "unnamed"
        found, number = plain, 2
        while (*among, found) in self._taken:
            found, number = f"{plain}_{number}", number + 1
        self._taken.add((*among, found))
        return found


def _address(tag: Tag) -> str:
    """An address as YAML: a quoted text, or a mapping of such."""
    if isinstance(tag.address, str):
        return _quoted(tag.address)
    parts = [
        f"{key}: {_quoted(value) if isinstance(value, str) else json.dumps(value)}"
        for key, value in tag.address.items()
    ]
    return f"{{{', '.join(parts)}}}"


def _unit_of(tag: Tag) -> str:
    unit = tag.unit or tag.unit_said
    return f", {_line(unit)}" if unit else ""


def _quoted(text: str) -> str:
    """A text as YAML's double-quoted form; printable characters stand as they are."""
    return json.dumps(_line(text), ensure_ascii=False)


def _line(text: str) -> str:
    """A text that stays on its line, whatever a server put into it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
