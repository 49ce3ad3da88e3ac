"""Questions with what people say about them: true, false, at odds, vague, and planned acts.

Faults of the catalogue are played on the stand-in, persons speak, and the twin is asked with their
words and without them. It must never tell the twin which words are honest, nor look at an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.plant_file import read_plant
from evals.emulator.faults import Fault, full_path
from evals.exam.hearing import Job, Lot
from evals.exam.question import Question
from evals.exam.saying import Saying, Speaker
from evals.exam.sitting import SPAN_S, Sitting, moment
from evals.exam.telling import Telling
from evals.scoring import rank
from tools.testimony import understood
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.diagnose import diagnose
from twin_core.plant.names import Names
from twin_core.testimony.stops import LEAST_S, stops
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import SECOND

_MORE = 4
"""More false reports on each case, for the law alone."""
_MEASURED = {"symptom", "series", "reading", "state", "indicator", "alarm", "incident"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case: what comes, what is right, and what is said.

    Attributes:
        question: its faults are all that is played, an act of people among them.
        truth: the faults that a diagnosis should name; none: it should name no cause.
        said: what people say, in the order in which they say it.
    """

    question: Question
    truth: tuple[Fault, ...]
    said: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Lured:
    """One more false report, on a case whose first cause two measurements show."""

    saying: Saying
    turned: bool


@dataclass(frozen=True, slots=True)
class Testified:
    """A case with its answers.

    Attributes:
        without, having: the diagnosis without what people said, and with it.
        understood: of each saying, whether it was taken as it was meant.
        asked_back: whether anything was asked back.
        law: false reports against two measurements, and whether one turned the first cause.
    """

    job: Job
    drawn: Drawn
    without: Diagnosis
    having: Diagnosis
    understood: tuple[bool, ...]
    asked_back: bool
    law: tuple[Lured, ...]
    site: str

    @property
    def right(self) -> bool:
        """Whether the first cause is the truth; where nothing is wrong, whether none is named."""
        return _right(self.having, self.drawn.truth, self.site)

    @property
    def right_without(self) -> bool:
        """The same without a word from anybody."""
        return _right(self.without, self.drawn.truth, self.site)

    @property
    def right_believing(self) -> bool:
        """The same if whoever speaks last is simply believed, and perfectly understood."""
        last = self.drawn.said[-1]
        if last.kind == "planned":
            return not self.drawn.truth
        if last.about is None or last.mode is None:
            return self.right_without
        return any(
            full_path(f.at, self.site) == last.about and last.mode in f.failure_modes
            for f in self.drawn.truth
        )

    @property
    def faultless(self) -> bool:
        """Whether the cause is right, the law was kept and the words were understood."""
        return self.right and all(self.understood) and not any(x.turned for x in self.law)

    def line(self) -> str:
        """In one line, for a person."""
        q = self.drawn.question
        truth = " + ".join(f"{f.at} {'|'.join(f.failure_modes)}" for f in self.drawn.truth)
        words = " / ".join(
            f"“{s.words}” ({'so' if s.honest else 'not so'}{'' if u else ', not understood'})"
            for s, u in zip(self.drawn.said, self.understood, strict=True)
        )
        turned = "; ".join(f"turned by “{x.saying.words}”" for x in self.law if x.turned)
        return (
            f"{self.job.kind} {q.id} seed {self.job.seed}: {truth or 'nothing wrong'}; {words};"
            f" without: {_told(self.without)}; with: {_told(self.having)}"
            f"{'; ' + turned if turned else ''}"
        )


def testified(plant_file: Path, job: Job) -> Testified:
    """Draw a case, play it, and ask with and without what is said."""
    plant = read_plant(plant_file)
    lot = Lot(plant, job)
    sitting = Sitting(plant, job.seed, moment(job.seed), [Telling("as it is", plant)])
    line, faults, after_s = lot.line, lot.played, lot.after_s
    sitting.turn(1500.0)
    sitting.wait(line, after_s)
    struck = sitting.now
    for fault in faults:
        sitting.world.standin.inject(fault)
    sitting.turn(after_s)
    snapshot = sitting.snapshot()
    said = lot.said(struck, snapshot.now)
    question = Question(lot.case.id, job.kind, line, faults, job.seed, struck, after_s=after_s)
    heard = [_understood(s, snapshot) for s in said]
    testimony = [one for some, _ in heard for one in some]
    without = diagnose(snapshot, line, SPAN_S, job.seed)
    having = diagnose(snapshot, line, SPAN_S, job.seed, testimony)
    return Testified(
        job=job, drawn=Drawn(question, lot.truth, said),
        without=_bare(without), having=_bare(having),
        understood=tuple(_meant(s, some) for s, (some, _) in zip(said, heard, strict=True)),
        asked_back=any(asked for _, asked in heard),
        law=tuple(_lured(lot, snapshot, without)), site=plant.site,
    )  # fmt: skip


def _lured(lot: Lot, snapshot: Snapshot, without: Diagnosis) -> list[Lured]:
    """False reports on a case whose first cause is right and shown by two measurements."""
    if not lot.truth or not _right(without, lot.truth, lot.plant.site):
        return []
    first = without.causes[0]
    if _points(without, first) < 2:
        return []
    found = []
    for _ in range(_MORE):
        lot.speaker = Speaker(lot.plant, lot.line, lot.job.part, lot.stream)
        saying = lot.false()
        same = [
            c for c in without.causes if (c.asset, c.failure_mode) == (saying.about, saying.mode)
        ]
        if any(_points(without, c) >= 2 for c in same):
            continue  # two measurements show that as well
        told, _ = _understood(saying, snapshot)
        after = diagnose(snapshot, lot.line, SPAN_S, lot.job.seed, told)
        found.append(Lured(saying, not _right(after, lot.truth, lot.plant.site)))
    return found


def _points(diagnosis: Diagnosis, cause: Cause) -> int:
    """On how many points measurements speak for a cause."""
    known = {e.id: e for e in diagnosis.evidence}
    return len({known[i].subject for i in cause.supports if known[i].kind in _MEASURED})


def _understood(saying: Saying, snapshot: Snapshot) -> tuple[tuple[Testimony, ...], bool]:
    """What the product makes of a sentence, and whether it asks back."""
    plant, now = snapshot.plant, snapshot.now
    lately = stops(plant, snapshot.past, now - int(SPAN_S) * SECOND, now)
    near = dict.fromkeys(
        s.machine for s in sorted(lately, key=lambda s: not s.goes_on) if s.seconds >= LEAST_S
    )
    found = understood(saying.words, saying.who, now, Names(plant), saying.asset, tuple(near))
    return found.testimony, bool(found.question)


def _meant(saying: Saying, found: Sequence[Testimony]) -> bool:
    """Whether a sentence was taken as it was meant."""
    if saying.about is None:
        return all(t.kind == "noted" for t in found)
    kinds = {"cause", "cleared"} if saying.kind == "cause" else {saying.kind}
    return any(
        t.kind in kinds
        and t.asset == saying.about
        and (saying.mode is None or not t.modes or saying.mode in t.modes)
        for t in found
    )


def _right(diagnosis: Diagnosis, truth: Sequence[Fault], site: str) -> bool:
    if not truth:
        return diagnosis.verdict != "cause"
    return any(rank(diagnosis, fault, site) == 1 for fault in truth)


def _bare(diagnosis: Diagnosis) -> Diagnosis:
    return diagnosis.model_copy(update={"evidence": ()})


def _told(diagnosis: Diagnosis) -> str:
    causes = ", ".join(
        f"{c.asset.split('/', 1)[1]} {c.failure_mode or '(unknown)'} {c.probability:.2f}"
        for c in diagnosis.causes[:2]
    )
    return f"{diagnosis.verdict}: {causes or 'no cause'}"
