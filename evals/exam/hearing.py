"""Cases in which people speak, by lot: faults of the catalogue, acts, and who says what of them.

It must never look at an answer, nor at how words are understood.
"""

import random
from dataclasses import dataclass

from evals.emulator.faults import Case, Fault, Size, full_path
from evals.emulator.nameplate import CATALOGUE, read_faults
from evals.exam.saying import Part, Saying, Speaker, sayings
from twin_core.plant.assets import Plant
from twin_core.plant.classes import FailureMode
from twin_core.value import SECOND, Instant

KINDS: tuple[str, ...] = (
    *("settles",) * 7, *("true",) * 3, "cleared", *("false",) * 6, "false act",
    *("at odds",) * 4, *("against a sensor",) * 3, *("planned",) * 2, "planned beside",
    *("vague",) * 2,
)  # fmt: skip
"""Of what sort each case is: 30 in all."""
_SEALED, _PRACTICE = 7_350_000, 9_050_000
_MENDED_S = 120.0
_AGAINST = {"high": "low", "low": "high"}
_INDIRECT = {
    "speed",
    "state",
    "defective",
    "motor_current",
    "hoist_current",
    "starved",
    "blocked",
    "supplied",
}


@dataclass(frozen=True, slots=True)
class Job:
    """A case to be drawn and played."""

    kind: str
    seed: int
    part: Part


def jobs(*, quick: bool) -> tuple[Job, ...]:
    """All thirty with sealed seeds and words; for practice one of each sort, with others."""
    if quick:
        return tuple(Job(k, _PRACTICE + n, "practice") for n, k in enumerate(dict.fromkeys(KINDS)))
    return tuple(Job(kind, _SEALED + n, "sealed") for n, kind in enumerate(KINDS))


class Lot:
    """Draws of one case, from its seed."""

    def __init__(self, plant: Plant, job: Job) -> None:
        self.plant, self.job = plant, job
        self.stream = random.Random(f"{job.seed}/testimony")  # noqa: S311 (not for secrets)
        self.after_s = float(10 * self.stream.randint(42, 60))
        self.case = self._case()
        self.line = full_path(self.case.line, plant.site)
        self.speaker = Speaker(plant, self.line, job.part, self.stream)
        self.truth: tuple[Fault, ...] = tuple(self._told(f) for f in self.case.faults)
        self.played = self.truth
        self.acted: tuple[str, int, int] | None = None
        if job.kind == "cleared":
            end = self.after_s - _MENDED_S
            self.played = tuple(f.model_copy(update={"end": end}) for f in self.played)
        elif job.kind.startswith("planned"):
            self._act()

    def said(self, struck: Instant, now: Instant) -> tuple[Saying, ...]:
        """What people say when the question is put."""
        kind, speak = self.job.kind, self.speaker
        asset, mode = self._spoken()
        if kind in {"settles", "true"}:
            return (speak.cause(asset, mode, honest=True),)
        if kind == "cleared":
            return (speak.cleared(asset, mode, now - int(_MENDED_S) * SECOND),)
        if kind == "false":
            return (self.false(),)
        if kind == "false act":
            return (speak.planned(self._actable(), struck, now, honest=False),)
        if kind == "at odds":
            some = [speak.cause(asset, mode, honest=True), self.false()]
            self.stream.shuffle(some)
            return (
                (some[0], speak.fine(str(some[0].about)), some[1])
                if some[1].honest
                else tuple(some)
            )
        if kind == "against a sensor":
            return (self._against(asset, mode),)
        if kind == "vague":
            return (speak.vague(),)
        assert self.acted is not None
        machine, begun, ended = self.acted
        at = (struck + s * SECOND for s in (begun, ended))
        return (speak.planned(machine, *at, honest=True),)

    def false(self) -> Saying:
        """That it was something which it was not, and which measurements can tell from it."""
        asset, mode = self.stream.choice(self._elsewhere())
        return self.speaker.cause(asset, mode, honest=False)

    def _case(self) -> Case:
        cases = read_faults(CATALOGUE).cases
        return self.stream.choice([c for c in cases if self._fits(c)])

    def _fits(self, case: Case) -> bool:
        """Whether a case of the catalogue can be of that kind."""
        if len(case.faults) > 1:
            return False
        fault, kind = case.faults[0], self.job.kind
        spoken = [m for m in fault.failure_modes if self._words(fault, m)]
        process = case.group != "sensors"
        machines = {"capper", "filler", "labeller", "packer", "rinser"}
        return {
            "settles": process and len(self._alike(fault)) > 1,
            "cleared": case.group == "machines",
            "false act": process and fault.component.rsplit("/", 1)[1] in machines,
            "against a sensor": not process
            or any(self._lies(full_path(fault.at, self.plant.site), m) for m in spoken[:1]),
            "planned": True, "planned beside": case.group in {"machines", "operations"},
        }.get(kind, process) and bool(spoken)  # fmt: skip

    def _words(self, fault: Fault, mode: str) -> bool:
        class_id = self.plant.units[full_path(fault.at, self.plant.site)].class_id
        return fault.parameter.startswith("sensor:") or f"{class_id}/{mode}" in sayings().modes

    def _alike(self, fault: Fault) -> list[str]:
        """Of its failure modes those that readings hardly tell from the first, if spoken of.

        They share more than half of the points at which they show themselves, and at none one
        shows high where the other shows low.
        """
        asset = full_path(fault.at, self.plant.site)
        shown = {
            m: {(s.point, str(s.shows)) for s in _mode(self.plant, asset, m).symptoms}
            for m in fault.failure_modes
            if self._words(fault, m)
        }
        first = next(iter(shown.values()), set())
        return [m for m, some in shown.items() if _like(some, first)]

    def _told(self, fault: Fault) -> Fault:
        """Of modes that look alike, one is the truth where a person settles it."""
        if self.job.kind != "settles":
            return fault
        mode = self.stream.choice(self._alike(fault))
        return fault.model_copy(update={"failure_modes": (mode,)})

    def _spoken(self) -> tuple[str, str]:
        """Asset and mode of the truth, for a speaker."""
        if not self.truth:
            return "", ""
        fault = self.truth[0]
        mode = next(m for m in fault.failure_modes if self._words(fault, m))
        return full_path(fault.at, self.plant.site), mode

    def _act(self) -> None:
        """People make a machine of the line stand for some minutes."""
        machine = self._actable()
        begun, length = self.stream.randint(30, 90), self.stream.randint(150, 260)
        some = {"asset": machine, "onset": float(begun), "shape": "step", "component": machine}
        stand = Fault.model_validate(
            {**some, "id": "act-length", "parameter": "jam_s", "size": Size(value=float(length))}
        )
        stop = Fault.model_validate(
            {**some, "id": "act", "parameter": "jams", "size": Size(value=3e5),
             "end": begun + 3.0}
        )  # fmt: skip
        self.acted = machine, begun, begun + length
        if self.job.kind == "planned":
            self.truth = ()
        self.played = (*self.truth, stand, stop)

    def _actable(self) -> str:
        """A machine of the line at which people do things; of a lie the one that is at fault."""
        if self.job.kind == "false act":
            return full_path(self.truth[0].at, self.plant.site)
        acts, at = (
            sayings().acts[self.job.part],
            {full_path(f.at, self.plant.site) for f in self.truth},
        )
        units = [u for u in self.plant.units.values() if self.plant.line(u.id).id == self.line]
        return self.stream.choice([u.id for u in units if u.class_id in acts and u.id not in at])

    def _against(self, asset: str, mode: str) -> Saying:
        """Of an instrument at fault, that it is; of a process at fault, that its instrument is."""
        if self.truth[0].parameter.startswith("sensor:"):
            return self.speaker.cause(asset, mode, honest=True)
        return self.speaker.cause(asset, self.stream.choice(self._lies(asset, mode)), honest=False)

    def _lies(self, asset: str, mode: str) -> list[str]:
        """Failures of the instruments at which a failure of the process shows itself."""
        points = {s.point for s in _mode(self.plant, asset, mode).symptoms} - _INDIRECT
        modes = self.plant.class_of(asset).failure_modes
        return [m.id for m in modes if m.sensor and m.instrument in points]

    def _elsewhere(self) -> list[tuple[str, str]]:
        """Failures of the line's machines that show at points where the truth shows nothing."""
        truth = {
            (full_path(f.at, self.plant.site), s.point)
            for f in self.truth
            for m in f.failure_modes
            for s in _mode(self.plant, full_path(f.at, self.plant.site), m).symptoms
        }
        found = []
        for unit in self.plant.units.values():
            if self.plant.line(unit.id).id != self.line:
                continue
            for mode in self.plant.class_of(unit.id).failure_modes:
                own = {(unit.id, s.point) for s in mode.symptoms if s.point not in _INDIRECT}
                if own and not own & truth and self.speaker.speaks_of(unit.class_id, mode.id):
                    found.append((unit.id, mode.id))
        return found


def _like(some: set[tuple[str, str]], others: set[tuple[str, str]]) -> bool:
    if any((point, _AGAINST.get(shows)) in others for point, shows in some):
        return False
    own, other = ({point for point, _ in x} - _INDIRECT for x in (some, others))
    return 2 * len(own & other) > len(own | other)


def _mode(plant: Plant, asset: str, mode: str) -> FailureMode:
    return next(m for m in plant.class_of(asset).failure_modes if m.id == mode)
