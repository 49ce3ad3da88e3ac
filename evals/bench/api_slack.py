"""Fifty people press at once: how long Slack waits for its acknowledgement."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

from evals.bench.row import Bar, Row
from evals.slack.workspace import Workspace
from evals.stage import PEOPLE, Stage

_PRESSERS, _ROUNDS, _QUICK_ROUNDS, _MOST_MS = 50, 20, 3, 300.0
_MODES: tuple[Literal["socket", "http"], ...] = ("socket", "http")


def measure(plant: Path, *, quick: bool) -> Iterator[Row]:
    """The slowest hundredth, by Socket Mode and by HTTP."""
    for mode in _MODES:
        took = asyncio.run(_pressed(plant, mode, _QUICK_ROUNDS if quick else _ROUNDS))
        took.sort()
        yield Row(
            name=f"api.slack.{mode}.p99",
            value=1000 * took[min(len(took) - 1, int(0.99 * len(took)))],
            unit="ms",
            load=f"{_PRESSERS} supervisors press Approve on one card at once, each linked, kept on "
            f"disk before it is acknowledged; stand-in of Slack in the asking process; median "
            f"{1000 * took[len(took) // 2]:.0f} ms",
            n=len(took),
            bar=Bar(high=_MOST_MS),
        )


async def _pressed(plant: Path, mode: Literal["socket", "http"], rounds: int) -> list[float]:
    """Seconds from each press to its acknowledgement."""
    people = {**PEOPLE, **{f"s{n:02d}": (f"Sam {n}", "supervisor") for n in range(_PRESSERS)}}
    async with Workspace(mode=mode) as slack:
        members = [slack.add_member(f"U0S{n:02d}", f"Sam {n}") for n in range(_PRESSERS)]
        floor = slack.add_channel("floor", *members)
        told = {
            "OPSTWIN_SLACK_BOT_TOKEN": slack.bot_token,
            "OPSTWIN_SLACK_APP_TOKEN": slack.app_token,
            "OPSTWIN_SLACK_SIGNING_SECRET": slack.signing_secret,
            "OPSTWIN_SLACK_MODE": mode,
            "OPSTWIN_SLACK_URL": slack.base_url,
            "OPSTWIN_SLACK_CHANNEL": floor.id,
        }
        stage = Stage(plant, line="packaging/line4", factor=1.0, people=people, environment=told)
        await asyncio.to_thread(stage.__enter__)
        try:
            slack.request_url = f"{stage.url}/slack/events"
            if mode == "socket":
                await slack.until(lambda: slack.deliveries.connected, 30)
            await asyncio.to_thread(_trusted, stage)
            for n, member in enumerate(members):
                code = await asyncio.to_thread(_code, stage, f"s{n:02d}")
                await member.command("/twin", f"link {code}", floor)
            took: list[float] = []
            for _ in range(rounds):
                name = await asyncio.to_thread(_asked, stage)
                card = await slack.until(partial(floor.last, name), 30)
                seen = list(card.blocks)
                pressed = await asyncio.gather(
                    *(member.click(card, "Approve", seen=seen) for member in members)
                )
                took += [_took(delivery) for delivery in pressed]
            return took
        finally:
            await asyncio.to_thread(stage.close)


def _took(delivery: Any) -> float:
    if delivery.took_s is None:
        raise RuntimeError(f"a press was not acknowledged: {delivery.problem}")
    return float(delivery.took_s)


def _trusted(stage: Stage) -> None:
    body = {"asset": stage.plant.site, "step": "act_on_approval", "reason": "bench"}
    stage.as_user("erik").post("/trust", body)


def _code(stage: Stage, user: str) -> str:
    return str(stage.as_user(user).post("/slack/codes", {})["code"])


def _asked(stage: Stage) -> str:
    unit = next(iter(stage.plant.units))
    action = {"kind": "inspection", "asset": unit, "task": "look"}
    body = {"action": action, "title": "Look", "reason": "bench"}
    return str(stage.as_user("olga").post("/proposals", body)["proposal"])
