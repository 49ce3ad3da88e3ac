"""Answers, cards and evidence as Block Kit. Pure: what is shown depends on the arguments alone.

Everything is rich text or plain text, which Slack reads literally: no character in it can be
markup, a mention or a link. It must never show text from outside without a cap, nor let it stand
where the words of a card are ours.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from agents.grounding import CITED
from api.card import Card, Tone, coarse, time_left
from api.printable import printable
from tools.wording import moment
from twin_core.answer import Answer
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.units import unit_text
from twin_core.value import SECOND

Block: TypeAlias = dict[str, Any]

EVIDENCE = "evidence"
"""The button that opens what an answer rests on; its value is an opaque id."""
VERBS = ("approve", "reject", "edit")

_MOST_BLOCKS, _MOST_TEXT, _MOST_HEADER, _MOST_FALLBACK = 45, 2800, 148, 300
_MOST_SAID = 600
_MOST_EVIDENCE = 40
_SIGNS: dict[Tone, str] = {
    "asks": "\N{BLACK QUESTION MARK ORNAMENT}",
    "goes_on": "\N{HOURGLASS WITH FLOWING SAND}",
    "good": "\N{WHITE HEAVY CHECK MARK}",
    "bad": "\N{WARNING SIGN}",
    "over": "\N{BLACK SQUARE FOR STOP}",
}
_OF_UNITS = frozenset("μΩΔ")
_IDS = re.compile(r"ev-[0-9a-f]+")


def capped(text: str, most: int) -> str:
    """The text as it may be shown, cut where it is longer than `most` characters, and saying so."""
    clean = printable(text)
    return clean if len(clean) <= most else f"{clean[: most - 2].rstrip()} …"


def fallback(text: str) -> str:
    """What a notification shows: one line, no markup; Slack reads `&`, `<` and `>` as such."""
    line = capped(" ".join(text.split()), _MOST_FALLBACK)
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        line = line.replace(sign, name)
    return re.sub(r"([*_~`])", "\N{WORD JOINER}\\1", line)


def several_scripts(text: str) -> bool:
    """Whether a word mixes letters of several scripts, as words do that shall pass for others."""
    return any(len(_scripts(word)) > 1 for word in re.findall(r"\w+", text))


def answer_blocks(answer: Answer, evidence_id: str) -> list[Block]:
    """An answer: its text with numbers for what it rests on, what is not known, who worded it."""
    numbers = {one.id: at for at, one in enumerate(cited(answer), 1)}
    blocks = _lines(_numbered(answer.text, numbers).splitlines())
    if answer.unknown:
        blocks += [_quoted([_text("Not known: ", bold=True), _text(one)]) for one in answer.unknown]
    blocks = blocks[: _MOST_BLOCKS - 3]
    if answer.evidence:
        blocks.append(
            {
                "type": "actions",
                "elements": [_button(f"Evidence ({len(numbers)})", EVIDENCE, evidence_id)],
            }
        )
    blocks.append(_context(_worded(answer)))
    return blocks


def cited(answer: Answer) -> tuple[Evidence, ...]:
    """What an answer rests on, in the order in which its text names it."""
    known = {one.id: one for one in answer.evidence}
    named = [name for name in _IDS.findall(answer.text) if name in known]
    return tuple(known[name] for name in dict.fromkeys((*named, *known)))


def evidence_view(answer: Answer, plant: Plant) -> Block:
    """A modal with what an answer rests on, numbered as in its text."""
    shown = cited(answer)
    blocks: list[Block] = []
    for at, one in enumerate(shown[:_MOST_EVIDENCE], 1):
        origin = "" if one.origin == "twin" else f", from {one.origin}"
        doubt = "" if one.quality == "good" else f", {one.quality}"
        about = f"{moment(one.time, plant, answer.time)}{origin}{doubt} · {one.id}"
        blocks.append(_paragraph([_text(f"{at}  ", bold=True), _text(one.statement)]))
        blocks.append(_context(about))
    if len(shown) > _MOST_EVIDENCE:
        blocks.append(_context(f"{len(shown) - _MOST_EVIDENCE} more are not shown here."))
    return {
        "type": "modal",
        "title": _plain("What it rests on"),
        "close": _plain("Close"),
        "blocks": blocks or [_paragraph([_text("It rests on nothing that was seen.")])],
    }


def card_blocks(card: Card, buttons: dict[str, str]) -> list[Block]:
    """A card; `buttons` are the opaque ids of its verbs."""
    sign = _SIGNS[card.tone]
    blocks: list[Block] = [
        {"type": "header", "text": _plain(f"{sign} {card.asset}: {card.risk}", _MOST_HEADER)},
        _bullets([[_text(change, bold=True)] for change in card.changes]),
        _paragraph(_fields(card)),
        _quoted(_said(card)),
    ]
    if card.open and card.disabled:
        told = f"Approving is of no use now: {card.disabled}."
        blocks.append(_paragraph([_text(told, bold=True)]))
    verbs = [verb for verb in VERBS if verb in buttons]
    if card.open and verbs:
        blocks.append({"type": "actions", "elements": [_verb(v, buttons[v], card) for v in verbs]})
    blocks.append(_context(f"{card.proposal} at {card.site}"))
    return blocks


def card_fallback(card: Card) -> str:
    """What a notification says of a card: our own words."""
    left = f", {time_left(card)} left" if card.open and card.left_s else ""
    return fallback(f"{card.asset}: {card.risk}. {card.changes[0]}. {card.stands}{left}.")


def offers(card: Card) -> tuple[str, ...]:
    """The verbs that a card has buttons for."""
    if not card.open:
        return ()
    approve = () if card.disabled else ("approve",)
    return (*approve, "reject", *(("edit",) if card.sizes else ()))


def reason_view(card: Card, button: str) -> Block:
    """A modal that asks why it is rejected."""
    return _modal("Reject", "reason", button, card, [_asked("Why? The requester will read it.")])


def size_view(card: Card, button: str) -> Block:
    """A modal that asks for other values; each inside what the plant file allows."""
    fields: list[Block] = [
        {
            "type": "input",
            "block_id": f"size_{at}",
            "label": _plain(_sized(size.name, size.unit, size.low, size.high), 1900),
            "element": {
                "type": "number_input",
                "action_id": "value",
                "is_decimal_allowed": True,
                "initial_value": f"{size.value:.12g}",
                **({} if size.low is None else {"min_value": f"{size.low:.12g}"}),
                **({} if size.high is None else {"max_value": f"{size.high:.12g}"}),
            },
        }
        for at, size in enumerate(card.sizes[:20])
    ]
    return _modal("Another size", "size", button, card, [*fields, _asked("Why this size?")])


def words_blocks(lines: Sequence[str]) -> list[Block]:
    """Plain lines, as messages of ours are; those that begin with `- ` as a list."""
    return _lines(lines)[:_MOST_BLOCKS]


def _modal(title: str, name: str, button: str, card: Card, blocks: list[Block]) -> Block:
    told = _bullets([[_text(change)] for change in card.changes])
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": button,
        "title": _plain(title, 24),
        "submit": _plain(title, 24),
        "close": _plain("Back"),
        "blocks": [told, *blocks],
    }


def _asked(label: str) -> Block:
    element = {"type": "plain_text_input", "action_id": "value", "multiline": True,
               "min_length": 1, "max_length": 2000}  # fmt: skip
    return {"type": "input", "block_id": "why", "label": _plain(label), "element": element}


def _sized(name: str, unit: str, low: float | None, high: float | None) -> str:
    span = "" if low is None or high is None else f"; {low:g} to {high:g} is allowed"
    return f"{name} ({unit_text(unit) or '1'}{span})"


def _fields(card: Card) -> list[Block]:
    """Our own words about a card, one a line."""
    told = [("Expected", card.effect), ("Rule", card.rule), ("Asked by", card.by)]
    if card.rests_on:
        told.append(("Rests on", f"{card.rests_on}, {coarse(card.age_s)} ago"))
    told.append(("Signed", _signed(card)))
    told += [("Rehearsed", one) for one in card.rehearsed[:3]]
    elements: list[Block] = []
    for label, text in told:
        elements += [_text(f"{label}: ", bold=True), _text(f"{capped(text, _MOST_SAID)}\n")]
    if not card.open:
        result = f" {card.result}" if card.result else ""
        return [*elements, _text(f"{card.stands}.{capped(result, _MOST_SAID)}", bold=True)]
    elements += [_text("Expires: ", bold=True), _date(card), _text(f", {time_left(card)} left.")]
    elements.append(_text(" If nobody answers, nothing is done."))
    return elements


def _signed(card: Card) -> str:
    told = f"{card.of} of {card.needed}"
    if card.signed:
        told += f" ({'; '.join(card.signed)})"
    return f"{told}; needs {card.needs}" if card.needs else told


def _said(card: Card) -> list[Block]:
    """What others said of it, marked as theirs."""
    said = f"{card.title}\n{card.reason}"
    warned = several_scripts(said)
    mark = " (letters of several scripts in one word: read it twice)" if warned else ""
    return [
        _text(f"In the words of {capped(card.by, 80)}{mark}: ", italic=True),
        _text(capped(said, _MOST_SAID)),
    ]


def _verb(verb: str, value: str, card: Card) -> Block:
    if verb == "approve":
        button = {**_button("Approve", "card_approve", value), "style": "primary"}
        return {**button, "confirm": _confirm(card)} if card.major else button
    if verb == "reject":
        return {**_button("Reject …", "card_reject", value), "style": "danger"}
    return _button("Another size …", "card_edit", value)


def _confirm(card: Card) -> Block:
    return {
        "title": _plain("A major change", 100),
        "text": _plain(f"{card.changes[0]}. Approve it?", 300),
        "confirm": _plain("Approve"),
        "deny": _plain("Back"),
        "style": "danger",
    }


def _numbered(text: str, numbers: dict[str, int]) -> str:
    def number(found: re.Match[str]) -> str:
        seen = [numbers[name] for name in _IDS.findall(found["ids"]) if name in numbers]
        return "".join(f" [{at}]" for at in dict.fromkeys(seen))

    return CITED.sub(number, text)


def _worded(answer: Answer) -> str:
    waits = f" · handed in: {', '.join(answer.proposals)}" if answer.proposals else ""
    return f"{answer.model} · {answer.spent.seconds:.1f} s{waits}"


def _lines(lines: Iterable[str]) -> list[Block]:
    """Lines as paragraphs and lists, each block inside what Slack takes."""
    blocks: list[Block] = []
    items: list[list[Block]] = []
    for line in lines:
        if line.startswith("- "):
            items.append([_text(capped(line[2:], _MOST_TEXT))])
            continue
        if items:
            blocks.append(_bullets(items))
            items = []
        if line.strip():
            blocks.append(_paragraph([_text(capped(line, _MOST_TEXT))]))
    return [*blocks, _bullets(items)] if items else blocks


def _rich(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _paragraph(elements: Sequence[Block]) -> Block:
    return _rich({"type": "rich_text_section", "elements": list(elements)})


def _quoted(elements: Sequence[Block]) -> Block:
    return _rich({"type": "rich_text_quote", "elements": list(elements)})


def _bullets(items: Sequence[Sequence[Block]]) -> Block:
    listed = [{"type": "rich_text_section", "elements": list(item)} for item in items]
    return _rich({"type": "rich_text_list", "style": "bullet", "elements": listed})


def _text(text: str, *, bold: bool = False, italic: bool = False) -> Block:
    style = {name: True for name, on in (("bold", bold), ("italic", italic)) if on}
    shown = capped(text, _MOST_TEXT) or "\N{NO-BREAK SPACE}"  # an empty text is refused
    return {"type": "text", "text": shown, **({"style": style} if style else {})}


def _date(card: Card) -> Block:
    """When it expires, at the clock of whoever reads."""
    at = card.expires // SECOND
    return {"type": "date", "timestamp": at, "format": "{time_secs}", "fallback": card.until}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text, _MOST_SAID)]}


def _plain(text: str, most: int = 140) -> Block:
    return {"type": "plain_text", "text": capped(text, most), "emoji": False}


def _button(label: str, action: str, value: str) -> Block:
    return {"type": "button", "text": _plain(label, 75), "action_id": action, "value": value}


def _scripts(word: str) -> set[str]:
    """The scripts of a word's letters; signs of units are of none."""
    return {
        unicodedata.name(c, "").partition(" ")[0]
        for c in unicodedata.normalize("NFKC", word)
        if c.isalpha() and c not in _OF_UNITS
    }
