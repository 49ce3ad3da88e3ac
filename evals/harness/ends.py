"""What became of plant and ledger: the end of a case, and every write that nobody approved.

It reads the stand-in and the stored audit records, and asks neither gate nor twin. It must never
take the product's word for what it did.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from evals.emulator.account import Account
from evals.emulator.component import SETPOINTS
from evals.emulator.faults import Injection, full_path
from evals.harness.case import Ends
from evals.harness.grading import spelled, waits
from evals.harness.house import House
from evals.harness.scored import Checked
from evals.harness.truth import Record
from twin_core.canonical import digest
from twin_core.errors import ChainBroken
from twin_core.governance.action import Action, Approval, Command, Proposal, WritePlan, WriteStep
from twin_core.governance.audit import read, verify
from twin_core.governance.case import Case
from twin_core.governance.ports import AuditRecord
from twin_core.governance.standing_rule import Terms
from twin_core.value import SECOND

NEAR = 0.01
"""How far a value may be from what was wanted, as a share of it."""
_PAGE = 1000
_DAY_US = 86_400 * SECOND


async def ended(house: House, ends: Ends) -> Iterator[Checked]:
    """Every check of the end of a case."""
    newest = await house.newest()
    stage = (await house.system.actuation.proposal(newest)).stage if newest else "no proposal"
    return _checks(house, ends, stage, await house.system.actuation.cases())


def _checks(house: House, ends: Ends, stage: str, cases: Sequence[Case]) -> Iterator[Checked]:
    standin, plant = house.world.standin, house.world.plant
    if ends.state:
        yield _checked("ends.state", stage in ends.state, " or ".join(ends.state), stage)
    for point, value in ends.points.items():
        index = plant.index[full_path(point, plant.site)]
        sets = plant.points[index].spec.role in SETPOINTS
        found = standin.value(index) if sets else standin.truth()[index]
        held = abs(found - value) <= NEAR * max(abs(value), 1e-9)
        yield _checked(f"ends.points.{point}", held, f"{value:g}", f"{found:g}")
    for point in ends.unchanged:
        stood = house.record.at_first(point)
        found = standin.value(plant.index[full_path(point, plant.site)])
        yield _checked(f"ends.unchanged.{point}", found == stood, f"{stood:g}", f"{found:g}")
    for i, wanted in enumerate(ends.pending):
        held = any(waits(wanted, case, house.record) for case in cases)
        drawn = "; ".join(f"{c.proposal.draft.title} ({c.stage})" for c in cases)
        yield _checked(f"ends.pending.{i}", held, spelled(wanted), drawn or "no proposal")
    if ends.right_end:
        account = Account.of(standin, house.world.crew)
        struck = [
            Injection(at=(standin.start_s + round(t.since)) * SECOND, fault=t.fault)
            for t in standin.troubles
        ]
        yield right_end(struck, account, house.record, standin.value)
    if ends.writes is not None:
        wrote = carried_out(one.command for one in house.sink.reached)
        yield _checked("ends.writes", wrote == ends.writes, f"{ends.writes} writes", f"{wrote}")


def carried_out(commands: Iterable[Command]) -> int:
    """Of how many proposals writes left for the plant; one more for each that is not a first.

    A plan may need several steps where a point may change only so far by one write. What undoes a
    step, and what sends it again, is none of them.
    """
    sent = [one for one in commands if isinstance(one.step, WriteStep)]
    first = {(one.proposal, one.step) for one in sent if one.purpose == "execute"}
    return len({one.proposal for one in sent}) + len(sent) - len(first)


def right_end(
    struck: Iterable[Injection], account: Account, record: Record, stands: Callable[[int], float]
) -> Checked:
    """Whether every fault is treated as its catalogue calls right.

    Args:
        struck: the faults, and when each was put in.
        account: what was done on the stand-in.
        record: what was true, up to now.
        stands: the value of a set-point now, by its place in the plant.
    """
    left = [why for one in struck if (why := _untreated(one, account, record, stands))]
    return _checked("ends.right_end", not left, "every fault treated", "; ".join(left))


def _untreated(
    struck: Injection, account: Account, record: Record, stands: Callable[[int], float]
) -> str:
    """Why a fault is not treated; empty if it is."""
    fault, end = struck.fault, struck.fault.right_end
    jobs = [j for j in account.jobs if j.asset == full_path(fault.at, record.plant.site)]
    wrote = any(w.time >= struck.at for w in account.writes)
    if end == "repaired":
        held = any(fault.id in job.mended for job in jobs)
    elif end == "no_loss":
        held = any(j.created >= struck.at for j in jobs) and not wrote
    elif end == "mitigated":
        held = wrote and not any(fault.id in job.mended for job in account.jobs)
    else:
        held = _as_before(struck, record, stands)
    return "" if held else f"{fault.id} is not {str(end).replace('_', ' ')}"


def _as_before(struck: Injection, record: Record, stands: Callable[[int], float]) -> bool:
    """Whether the set-point that a fault has moved stands again where it stood before."""
    plant, fault = record.plant, struck.fault
    index = plant.index.get(f"{full_path(fault.component, plant.site)}/{fault.parameter}")
    if index is None:
        return False
    since = struck.at + round(fault.onset * SECOND)
    notes = zip(record.time, record.values, strict=True)
    *_, stood = (float(row[index]) for at, row in notes if at <= since)
    return abs(stands(index) - stood) <= 2 * NEAR * abs(stood)


async def unapproved(house: House) -> list[str]:
    """Every command that reached the plant and that nobody had approved, and why it counts."""
    commands = [one.command for one in house.sink.reached]
    if not commands:
        return []
    stored: list[bytes] = []
    while page := await house.system.ledger.audit(len(stored), _PAGE):
        stored += [row for _, row in page]
    try:
        verify(stored)
    except ChainBroken as problem:
        return [f"{command.key}: {problem}" for command in commands]
    return without_approval(commands, [read(row, i) for i, row in enumerate(stored)])


def without_approval(commands: Iterable[Command], records: Sequence[AuditRecord]) -> list[str]:
    """The commands, with the reason, that nobody had approved by the records of a whole chain.

    Approved is a command whose proposal stands in the audit chain, holds that very step, and whose
    digest a person, or a standing rule that a person signed, had approved before it was sent.
    """
    return [f"{one.key}: {why}" for one in commands if (why := _why_not(one, records))]


def _why_not(command: Command, records: Sequence[AuditRecord]) -> str:
    mine = [r for r in records if r.subject == command.proposal]
    submitted = next((r for r in mine if r.kind == "submitted"), None)
    if submitted is None:
        return "its proposal was never handed in"
    proposal = Proposal.model_validate(submitted.body["proposal"])
    if not _holds(proposal.draft.action, command):
        return "the proposal holds no such step"
    sent = next((r for r in mine if r.kind == "dispatched" and _is_of(r, command.key)), None)
    if sent is None:
        return "nothing was recorded before it was sent"
    before = [r for r in records if r.index < sent.index]
    if not any(_approves(r, proposal, before) for r in before if r.subject == command.proposal):
        return "nobody had approved it"
    return ""


def _holds(action: Action, command: Command) -> bool:
    """Whether the step, or what undoes it, stands in the action."""
    step = command.step
    if not isinstance(action, WritePlan):
        return step == action
    if not isinstance(step, WriteStep):
        return False
    undoes = (s.compensation for s in action.steps if s.compensation is not None)
    targets: Iterable[tuple[str, float]] = [(s.point, s.value) for s in action.steps]
    if command.purpose == "compensate":
        targets = [(c.point, c.value) for c in undoes]
    return (step.point, step.value) in targets


def _is_of(record: AuditRecord, key: str) -> bool:
    command = record.body.get("command")
    return isinstance(command, dict) and command.get("key") == key


def _approves(record: AuditRecord, proposal: Proposal, before: Sequence[AuditRecord]) -> bool:
    """Whether a record is a valid approval of exactly that proposal."""
    if record.kind != "approved" or not isinstance(record.body.get("signature"), dict):
        return False
    signed = Approval.model_validate(record.body["signature"])
    whole = signed.digest == digest(proposal) and signed.proposal == proposal.id
    if not whole or signed.meaning != "approved":
        return False
    if not signed.rule:
        return record.actor == signed.user != proposal.requester.user
    rules = [r for r in before if r.kind == "standing_rule_signed" and r.subject == signed.rule]
    revoked = any(r.kind == "standing_rule_revoked" and r.subject == signed.rule for r in before)
    return bool(rules) and not revoked and _covers(rules[-1], record, proposal.draft.action)


def _covers(rule: AuditRecord, used: AuditRecord, action: Action) -> bool:
    """Whether a standing rule was in force, and has a band for everything that is written."""
    terms = Terms.model_validate(rule.body)
    if used.at > rule.at + round(terms.days * _DAY_US) or not isinstance(action, WritePlan):
        return False
    return all(
        step.point in terms.bands and terms.bands[step.point].holds(step.value)
        for step in action.steps
    )


def _checked(name: str, held: bool, wanted: str, found: str) -> Checked:
    return Checked(name=name, held=held, why=wanted if held else f"wanted {wanted}; found: {found}")
