"""The cases that failed, as a page shows them: what was asked, answered, wanted and found.

It must never pass on a text of an answer, a case or a record that is not escaped.
"""

from collections.abc import Sequence

from evals.harness.case import Case, Turn
from evals.harness.figures import FAMILIES, by_case
from evals.harness.scored import Scored
from evals.harness.stored import Run
from evals.harness.written import safe


def failed(run: Run) -> str:
    """The section: each case of the product that failed in any epoch, by family."""
    cases = {case.id: case for case in run.cases}
    product = sorted(
        (one for one in run.scored if one.arm == "product"),
        key=lambda one: (FAMILIES.index(one.family), one.case, one.epoch, one.plays),
    )
    found = {
        name: plays
        for name, plays in by_case(product).items()
        if not all(one.passed for one in plays)
    }
    asked = len(by_case(product))
    body = f'<p class="soft">{len(found)} of {asked} cases; open one to read it.</p>'
    if not found:
        body = '<p class="good">Every case was right in every epoch.</p>'
    family = None
    for name, plays in found.items():
        if plays[0].family != family:
            family = plays[0].family
            body += f"<h3>{safe(family.replace('_', ' '))}</h3>"
        body += _case(name, plays, cases.get(name))
    return f"<section><h2>What failed</h2>{body}</section>\n"


def _case(name: str, plays: Sequence[Scored], case: Case | None) -> str:
    marks = "".join(
        '<span class="good">✓</span>' if one.passed else '<span class="bad">✗</span>'
        for one in plays
    )
    right = sum(one.passed for one in plays)
    wrong = [one for one in plays if not one.passed]
    told = f'<p class="soft">{safe(case.why)}</p>' if case else ""
    return (
        f'<details><summary><span class="id">{safe(name)}</span>'
        f'<span class="epochs" role="img" aria-label="right in {right} of {len(plays)}">{marks}'
        f'</span><span class="first">{safe(_first(wrong[0]))}</span></summary>'
        f'<div class="case">{told}{"".join(_play(one, case) for one in wrong)}</div></details>\n'
    )


def _first(one: Scored) -> str:
    """What a failure is known by: why it broke, or the names of what did not hold."""
    return one.broke or ", ".join(check.name for check in one.checks if not check.held)


def _play(one: Scored, case: Case | None) -> str:
    wire = ", over the wire" if one.plays == "wire" else ""
    checks = "".join(
        f'<li><span class="bad">✗ {safe(check.name)}</span> {safe(check.why)}</li>'
        for check in one.checks
        if not check.held
    )
    broke = f'<p class="bad">Could not be played: {safe(one.broke)}</p>' if one.broke else ""
    held = sum(check.held for check in one.checks)
    also = f'<li class="soft">{held} of {len(one.checks)} held</li>' if one.checks else ""
    return (
        f"<h4>Epoch {one.epoch}{wire}</h4>{_talk(one, case)}{broke}"
        f'<ul class="checks">{checks}{also}</ul>'
    )


def _talk(one: Scored, case: Case | None) -> str:
    """Turns and answers in order; without the case the answers alone."""
    answers = list(one.answers)
    found = ""
    for turn in case.turns if case else ():
        found += _said(turn.who, _words(turn, one.epoch), "")
        if turn.says and answers:
            found += _said("answer", answers.pop(0), " answer")
    return found + "".join(_said("answer", answer, " answer") for answer in answers)


def _said(who: str, text: str, kind: str) -> str:
    return f'<div class="said{kind}"><span class="who">{safe(who)}</span>{safe(text)}</div>'


def _words(turn: Turn, epoch: int) -> str:
    """The wording of the epoch, or what else the turn does."""
    if turn.says:
        return turn.says[epoch % len(turn.says)]
    if turn.does:
        return f"({turn.does} the newest proposal)" + (" and must be refused" * turn.refused)
    return f"({turn.wait_min:g} min pass)" if turn.wait_min else "(the server is restarted)"
