"""What the robots of a cell are told to do: who picks where, puts what where, and how fast.

It must never know geometry in motion: whether the robots can is asked elsewhere.
"""

from typing import Annotated, Literal

from pydantic import Field

from twin_core.errors import ImpossibleScenario, TooLarge, UnknownName
from twin_core.plant.cell import Cell, Pallet, Station
from twin_core.value import Slug, Value

Speed = Annotated[float, Field(ge=0.02, le=5)]
"""Of what the joints are allowed; above 1 is asked for so that somebody may be told why not."""


class Pick(Value):
    """Go to a station and take the case that waits there."""

    step: Literal["pick"] = "pick"
    station: Slug
    speed: Speed = 1.0


class Place(Value):
    """Carry the case in hand to a slot of the pallet, counted from 0, and leave it there."""

    step: Literal["place"] = "place"
    slot: Annotated[int, Field(ge=0, le=2000)]
    speed: Speed = 1.0


class Home(Value):
    """Go home, with or without a case."""

    step: Literal["home"] = "home"
    speed: Speed = 1.0


_MOST_CASES = 200  # each a body, run 240 times a second

Step = Annotated[Pick | Place | Home, Field(discriminator="step")]


class Task(Value):
    """What one robot does, beginning at home."""

    robot: Slug
    steps: Annotated[tuple[Step, ...], Field(max_length=400)]


class Sequence(Value):
    """What all robots do, from one moment on.

    Attributes:
        tasks: one a robot; a robot without one stays at home.
        standing: slots that are filled when it begins.
    """

    tasks: Annotated[tuple[Task, ...], Field(min_length=1, max_length=4)]
    standing: tuple[Annotated[int, Field(ge=0, le=2000)], ...] = ()

    def faster(self, factor: float) -> "Sequence":
        """The same with every speed times `factor`."""
        tasks = [
            {
                "robot": task.robot,
                "steps": [{**s.model_dump(), "speed": s.speed * factor} for s in task.steps],
            }
            for task in self.tasks
        ]
        return Sequence.model_validate({"tasks": tasks, "standing": self.standing})


def in_turn(cell: Cell, cases: int, speed: float = 1.0, first: int = 0) -> Sequence:
    """The plain way: the robots fill slot after slot in turn, then go home.

    Raises:
        ImpossibleScenario: more cases than the pallet takes, or a robot without a station.
    """
    if not 0 <= first <= first + cases <= cell.pallet.slots:
        raise ImpossibleScenario(
            f"{cases} cases from slot {first} on", f"slots 0 to {cell.pallet.slots - 1}"
        )
    station = {s.robot: s.id for s in reversed(cell.stations)}
    steps: dict[str, list[Step]] = {robot.id: [] for robot in cell.robots if robot.id in station}
    if not steps:
        raise ImpossibleScenario("no robot has a station", "a station for a robot")
    turn = list(steps)
    for k in range(cases):
        robot = turn[k % len(turn)]
        steps[robot] += [
            Pick(station=station[robot], speed=speed),
            Place(slot=first + k, speed=speed),
        ]
    return Sequence(
        tasks=tuple(
            Task(robot=robot, steps=(*done, Home(speed=speed))) for robot, done in steps.items()
        ),
        standing=tuple(range(first)),
    )


def check(cell: Cell, sequence: Sequence) -> None:
    """Refuse a sequence that makes no sense, wherever the robots are.

    Raises:
        UnknownName: a robot or station the cell has not.
        TooLarge: more cases than are simulated at once.
        ImpossibleScenario: anything else, with what is allowed.
    """
    filled = set(sequence.standing)
    if len(filled) != len(sequence.standing):
        raise ImpossibleScenario("a slot is filled twice at the start", "each slot once")
    for slot in filled:
        _slot(cell.pallet, slot)
    robots = [robot.id for robot in cell.robots]
    busy: set[str] = set()
    for task in sequence.tasks:
        if task.robot not in robots:
            raise UnknownName("robot", task.robot, robots)
        if task.robot in busy:
            raise ImpossibleScenario(f"{task.robot} has two tasks", "one task a robot")
        busy.add(task.robot)
        holds = False
        for i, step in enumerate(task.steps, start=1):
            said = f"step {i} of {task.robot}"
            match step:
                case Pick():
                    station = station_of(cell, step.station)
                    if station.robot != task.robot:
                        own = [s.id for s in cell.stations if s.robot == task.robot]
                        raise ImpossibleScenario(
                            f"{said} picks at {step.station}", ", ".join(own) or "no station"
                        )
                    if holds:
                        raise ImpossibleScenario(f"{said} picks with a case in hand", "a place")
                    holds = True
                case Place():
                    _slot(cell.pallet, step.slot)
                    if not holds:
                        raise ImpossibleScenario(f"{said} places without a case", "a pick")
                    if step.slot in filled:
                        raise ImpossibleScenario(
                            f"{said} places into slot {step.slot}, which is filled",
                            "an empty slot",
                        )
                    filled.add(step.slot)
                    holds = False
                case Home():
                    pass
    if len(filled) > _MOST_CASES:
        raise TooLarge(f"{len(filled)} cases on a pallet", f"{_MOST_CASES}")


def station_of(cell: Cell, name: str) -> Station:
    """The station of that id.

    Raises:
        UnknownName: there is none.
    """
    for station in cell.stations:
        if station.id == name:
            return station
    raise UnknownName("station", name, [s.id for s in cell.stations])


def _slot(pallet: Pallet, slot: int) -> None:
    if slot >= pallet.slots:
        raise ImpossibleScenario(f"slot {slot}", f"slots 0 to {pallet.slots - 1}")
