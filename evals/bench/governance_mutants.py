"""Planted mutants of the gate: each drops one of its laws, in a process of its own.

A mutant replaces a function wherever a loaded module has it. It must never touch a file, and never
outlive its process.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twin_core.governance import (
    authors,
    gate,
    hurdles,
    register,
    replies,
    ruling,
    trust,
    undoing,
    verification,
    voting,
)
from twin_core.governance.action import Proposal
from twin_core.governance.events import Check, Execute, Save
from twin_core.governance.ruling import Ruling
from twin_core.governance.turn import Turn
from twin_core.governance.world import World

_ROOMS = ("twin_core.governance.", "evals.bench.governance_drive")


def _everywhere(old: Any, new: Any) -> None:
    """Put `new` in the place of `old` in every module of the gate that has it."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith(_ROOMS):
            for key, value in tuple(vars(module).items()):
                if value is old:
                    setattr(module, key, new)


def _in(room: Any, name: str, new: Any) -> None:
    """Put `new` in the place of that name in one module or class alone."""
    setattr(room, name, new)


def _blind(function: Any, **facts: Any) -> None:
    """Let a function of (…, world, …) see a world in which these facts are so."""

    def blinded(*arguments: Any, **named: Any) -> Any:
        seen = [replace(a, **facts) if isinstance(a, World) else a for a in arguments]
        return function(*seen, **named)

    _everywhere(function, blinded)


def _blind_turn(function: Any, **facts: Any) -> None:
    """The same for a function of a Turn."""

    def blinded(turn: Turn, *arguments: Any, **named: Any) -> Any:
        world, turn.world = turn.world, replace(turn.world, **facts)
        try:
            return function(turn, *arguments, **named)
        finally:
            turn.world = world

    _everywhere(function, blinded)


def _four_eyes() -> None:
    whole = ruling.may

    def may(proposal: Any, world: Any, verb: Any, user: str, *more: Any, **named: Any) -> Any:
        if user == proposal.requester.user:
            another = proposal.requester.model_copy(update={"user": "somebody else"})
            proposal = proposal.model_copy(update={"requester": another})
        return whole(proposal, world, verb, user, *more, **named)

    _everywhere(whole, may)


def _behind(kept: Callable[[Proposal], set[str]]) -> None:
    whole = authors.behind

    def behind(proposal: Proposal) -> Mapping[str, str]:
        return {who: part for who, part in whole(proposal).items() if who in kept(proposal)}

    _everywhere(whole, behind)


def _lender() -> None:
    _behind(lambda proposal: {proposal.requester.user, *proposal.earlier})


def _edited() -> None:
    _behind(lambda proposal: {proposal.requester.user, proposal.requester.behalf})


def _rule_in_a_freeze() -> None:
    _in(gate, "unruled", ruling.rule)


def _human_only() -> None:
    _everywhere(ruling.decides, lambda _who: True)


def _expiry() -> None:
    whole = hurdles.obstacle
    _everywhere(whole, lambda case, world, _now: whole(case, world, case.proposal.created))


def _role_loss() -> None:
    def counted(case: Any, _world: Any, _tier: Any) -> Any:
        return tuple(vote for vote in case.votes if vote.meaning == "approved"), ""

    _everywhere(voting.counted, counted)


def _digest() -> None:
    class Equal(str):
        """Equal to whatever it is compared with."""

        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            return True

        def __ne__(self, other: object) -> bool:
            return False

    _in(hurdles, "digest", lambda _proposal: Equal("same"))


def _stale() -> None:
    _in(hurdles, "broken", lambda *_all, **_named: "")


def _resend() -> None:
    whole = replies.take_reply

    def take_reply(turn: Turn, outcome: Any) -> None:
        before = turn.case.stage
        whole(turn, outcome)
        if before == "dispatched" and turn.case.stage == "unknown" and not turn.case.back:
            command = turn.command(turn.case, turn.world)
            turn.to("dispatched")
            turn.wishes.append(Execute(command, "plc"))

    _everywhere(whole, take_reply)


def _resend_after_crash() -> None:
    whole = gate._again

    def again(turn: Turn) -> None:
        case = turn.case
        if case.stage == "dispatched" and not case.back:
            turn.note("intent", step=case.at, epoch=turn.world.epoch)
            turn.to("intent")
            turn.wishes.append(Check())
        else:
            whole(turn)

    _everywhere(whole, again)


def _freeze() -> None:
    _blind_turn(gate._proceed, frozen="")


def _freeze_at_undoing() -> None:
    _blind_turn(gate._compared, frozen="")


def _window() -> None:
    _blind(ruling._barrier, spent={})


def _storm() -> None:
    _everywhere(ruling._storm, lambda *_all: "")


def _mode() -> None:
    ruling._OWNED.clear()


def _mode_at_undoing() -> None:
    _in(gate, "barred", lambda *_all: None)


def _lock() -> None:
    _everywhere(register.locks, lambda *_all: {})


def _claim() -> None:
    _everywhere(register.holders, lambda *_all: {})


def _policy() -> None:
    def rule(proposal: Any, world: Any, *, begun: bool = False) -> Ruling:
        del proposal, begun
        return Ruling(allowed=True, rule="as before", why="", tier="standard", version="as before",
                      needs="", needed=1 if world is not None else 0)  # fmt: skip

    _in(hurdles, "rule", rule)


def _trust() -> None:
    _in(trust.Ladder, "lowest", lambda _self, _assets: ("act_on_approval", ""))


def _fence() -> None:
    _everywhere(gate._fenced, lambda _turn: False)


def _one_of_two() -> None:
    whole = voting._count

    def count(turn: Turn, approval: Any) -> None:
        turn.case = turn.case.model_copy(update={"needed": 1})
        whole(turn, approval)

    _everywhere(whole, count)


def _rejection() -> None:
    whole = voting.vote

    def vote(turn: Turn, event: Any) -> None:
        if event.meaning == "approved":
            whole(turn, event)
        else:
            turn.note("vote_late", event.user)

    _everywhere(whole, vote)


def _taken_back() -> None:
    _in(voting, "BEFORE_DISPATCH", frozenset({"pending"}))


def _another_value() -> None:
    _in(gate, "looked", lambda *_all: ("verified", ""))


def _anybody_undoes() -> None:
    class Allowed:
        """Whatever was asked."""

        allowed, rule, why = True, "", ""

    _in(undoing, "may", lambda *_all: Allowed())


def _good_is_success() -> None:
    whole = verification.replied

    def replied(step: Any, outcome: Any) -> Any:
        return ("verified", "Good") if outcome.acknowledged else whole(step, outcome)

    _everywhere(whole, replied)


def _sent_before_stored() -> None:
    whole = Turn.ended

    def ended(self: Turn, before: Any) -> Any:
        case, effects = whole(self, before)
        saves = [effect for effect in effects if isinstance(effect, Save)]
        return case, (*(effect for effect in effects if effect not in saves), *saves)

    _in(Turn, "ended", ended)


def _epoch() -> None:
    whole = gate._command

    def command(case: Any, world: Any, *, undo: bool = False) -> Any:
        return whole(case, replace(world, epoch=1), undo=undo)

    _everywhere(whole, command)


def _unrecorded() -> None:
    kept = Turn.note

    def note(self: Turn, kind: str, actor: str = "opstwin", **body: Any) -> None:
        kept(self, "seen" if kind == "approved" else kind, actor, **body)

    _in(Turn, "note", note)


def _people_lock() -> None:
    whole = ruling.locked

    def locked(locks: Any, asset: str) -> str:
        return whole({path: why for path, why in locks.items() if "hand" not in why}, asset)

    _everywhere(whole, locked)


MUTANTS: Mapping[str, Callable[[], None]] = {
    "the requester approves": _four_eyes,
    "the lender approves": _lender,
    "who is behind what was edited approves": _edited,
    "a rule approves in a freeze": _rule_in_a_freeze,
    "a program approves": _human_only,
    "one approval is enough where two are needed": _one_of_two,
    "a rejection ends nothing": _rejection,
    "what is taken back goes on": _taken_back,
    "votes outlive the right to vote": _role_loss,
    "no expiry at dispatch": _expiry,
    "the digest is not compared": _digest,
    "a stale basis is ignored": _stale,
    "policy is not evaluated again": _policy,
    "the ladder of trust is ignored": _trust,
    "a freeze is ignored": _freeze,
    "a freeze is ignored at undoing": _freeze_at_undoing,
    "the fence is ignored": _fence,
    "a command of an old epoch": _epoch,
    "the window is ignored": _window,
    "the storm limit is ignored": _storm,
    "the interlock is ignored": _mode,
    "the interlock is ignored at undoing": _mode_at_undoing,
    "an uncertain machine is not locked": _lock,
    "what people have locked is written": _people_lock,
    "claims are not held": _claim,
    "sent again after no answer": _resend,
    "sent again after a crash": _resend_after_crash,
    "undone over another's value": _another_value,
    "anybody undoes": _anybody_undoes,
    "Good is success": _good_is_success,
    "sent before it is stored": _sent_before_stored,
    "an approval leaves no record": _unrecorded,
}
"""What each planted mutant does, and how it is planted."""
