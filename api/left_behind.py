"""What a ledger that a backup replaced had and the backup has not, as far as it can be known.

A person's hand is taken up again: his locks hang, his freeze stands. A signature is not: what was
signed in advance may have been revoked since, so it is not in force until it is signed anew. It
must never let anything go on that did not before.
"""

from collections.abc import Callable, Iterable

from api.freezes import Freeze, Freezes
from api.local_store import LocalStore
from api.locks import Lock, Locks
from api.standing_rules import StandingRules
from twin_core.governance.events import Notify
from twin_core.governance.trust import Ladder
from twin_core.value import Value

UNKNOWN = (
    "which locks, freezes and revocations came after the backup cannot be known: ask who works at "
    "the plant, and look at each lock, rule and step of trust before it is lifted"
)


class Held(Value):
    """What a ledger held of people's hands: locks, freezes, trust, and the proposals it knew."""

    locks: tuple[Lock, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    ladder: Ladder = Ladder()
    proposals: frozenset[str] = frozenset()


class LeftBehind(Value):
    """What is to be taken up again, and what people are to be told, a sentence each."""

    locks: tuple[Lock, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    told: tuple[str, ...] = (UNKNOWN,)


def compared(had: Held, has: Held, revoked: Iterable[str]) -> LeftBehind:
    """What was left behind by going back from one ledger to another.

    Args:
        had: the one that was replaced.
        has: the backup.
        revoked: in words, what was revoked after the backup.
    """
    assets = sorted({*had.ladder.steps, *has.ladder.steps})
    lost = sorted(had.proposals - has.proposals)
    told = [
        *(
            f"the lock on {one.asset} {one} hangs again"
            for one in had.locks
            if one not in has.locks
        ),
        *(
            f"the lock on {one.asset} {one} was off, and hangs as in the backup"
            for one in has.locks
            if one not in had.locks
        ),
        *(f"frozen again {one}" for one in had.freezes if one not in has.freezes),
        *(f"since the backup {one}" for one in revoked),
        *(
            f"{asset} stood at {had.ladder.step(asset)}, and stands at {has.ladder.step(asset)} as "
            f"in the backup: opstwin trust {asset} {had.ladder.step(asset)} --reason …"
            for asset in assets
            if had.ladder.step(asset) != has.ladder.step(asset)
        ),
        *([f"proposals handed in since the backup are lost: {', '.join(lost)}"] if lost else []),
    ]
    return LeftBehind(locks=had.locks, freezes=had.freezes, told=tuple(told))


async def taken_up(
    why: str,
    left: LeftBehind,
    freezes: Freezes,
    locks: Locks,
    rules: StandingRules,
    local: LocalStore,
    tell: Callable[[str, Notify], None],
) -> None:
    """Freeze, hang again what was left behind, withdraw what was signed, and tell people.

    Done again after a crash, it does nothing twice.

    Raises:
        Conflict: others change the same.
        StoreDown: the ledger cannot be used.
    """
    await freezes.hold(why)
    await freezes.again(left.freezes)
    await locks.again(left.locks, why)
    told = list(left.told)
    for what, names in (
        ("standing rules", await rules.withdraw(why)),
        ("local rules", await local.withdraw(why)),
    ):
        if names:
            told.append(f"{what} not in force until they are signed anew: {', '.join(names)}")
    for sentence in told:
        tell("ledger", Notify("page", sentence))
