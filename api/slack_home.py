"""The home tab: what waits for me, what I asked for, who is on call. Pure."""

from collections.abc import Mapping, Sequence

from api.card import Card
from api.slack_blocks import Block, words_blocks
from api.slack_decide import NOT_LINKED
from twin_core.answer import Asker

_MOST = 8


def home_blocks(
    who: Asker | None,
    waiting: Sequence[tuple[Card, Sequence[Block]]],
    rotas: Mapping[str, Sequence[str]],
    site: str,
) -> list[Block]:
    """What a member sees.

    Args:
        who: whom he is linked to; None: nobody.
        waiting: cards that wait for people, with their blocks, oldest first.
        rotas: rota → who is called first.
        site: the plant's name.
    """
    if who is None:
        return words_blocks([f"OpsTwin at {site}", NOT_LINKED])
    mine = [shown for card, shown in waiting if card.by == who.name]
    others = [shown for card, shown in waiting if card.by != who.name]
    roles = ", ".join(who.held) or "no role"
    blocks = [_header(f"OpsTwin at {site}"), *words_blocks([f"You are {who.name} ({roles})."])]
    blocks += [_header(f"Waits for a decision: {len(others)}"), *_shown(others)]
    if mine:
        blocks += [_header(f"You asked for: {len(mine)}"), *_shown(mine)]
    calls = [f"- {name}: {', '.join(people) or 'nobody'}" for name, people in rotas.items()]
    if calls:
        blocks += [_header("On call now"), *words_blocks(calls)]
    return blocks[:100]


def _shown(cards: Sequence[Sequence[Block]]) -> list[Block]:
    if not cards:
        return words_blocks(["Nothing."])
    blocks: list[Block] = []
    for card in cards[:_MOST]:
        blocks += [*card, {"type": "divider"}]
    if len(cards) > _MOST:
        blocks += words_blocks([f"{len(cards) - _MOST} more: opstwin proposals."])
    return blocks


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text[:148], "emoji": False}}
