"""Vehicles in a CP-SAT model: who brings which job when, as rounds from one depot.

Vehicles are alike, so a round has no number until it is read (a routing model, Toth and Vigo,
*Vehicle Routing*, 2nd ed., 2014, ch. 1). It must never touch a machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twin_core.simulation.scheduling.model import Model, Op
from twin_core.simulation.scheduling.schedule import Schedule, Trip
from twin_core.simulation.scheduling.shop import Fleet


@dataclass(slots=True, eq=False)
class _Way:
    """A job is brought to an operation; `made` is None where it surely is."""

    op: Op
    before: Op | None
    made: Any
    start: Any
    end: Any


class Rounds:
    """The vehicles of a shop in its model."""

    def __init__(self, model: Model, fleet: Fleet) -> None:
        self._model, self._fleet = model, fleet
        self._ways = [way for ops in model.jobs for way in self._job(ops)]
        if not self._ways:
            return
        ways = self._ways
        self._arcs = model.circuit(
            [way.made for way in ways], lambda t, u: ways[u].op.follows(ways[t].op)
        )
        rounds = [(t, u, literal) for (t, u), literal in self._arcs.items() if t or u]
        if all(way.made is not None for way in ways):
            # the depot may not stand alone, so somebody goes round with nothing
            idle, always = len(ways) + 1, model.proto.new_constant(1)
            rounds += [(0, idle, always), (idle, 0, always)]
        model.proto.add_multiple_circuit(rounds)
        begun = sum(literal for (t, u), literal in self._arcs.items() if t == 0 != u)
        model.add(begun <= fleet.vehicles)
        for (t, u), literal in self._arcs.items():
            if u and t != u:
                self._empty(literal, ways[t - 1] if t else None, ways[u - 1])

    def schedule(self, schedule: Schedule, value: Any) -> Schedule:
        """The schedule with the trips of a solution."""
        if not self._ways:
            return schedule
        after = {t: u for (t, u), literal in self._arcs.items() if t and u != t and value(literal)}
        firsts = [u for (t, u), literal in self._arcs.items() if t == 0 != u and value(literal)]
        machine = {(s.job, s.operation): s.machine for s in schedule.stints}
        trips = []
        for vehicle, first in enumerate(firsts):
            u = first
            while u:
                op = self._ways[u - 1].op
                target = machine[op.job.id, op.k]
                origin = machine.get((op.job.id, op.k - 1), self._fleet.dock)
                assert origin is not None
                start, end = value(self._ways[u - 1].start), value(self._ways[u - 1].end)
                trips.append(
                    Trip(
                        vehicle=vehicle, job=op.job.id, operation=op.k,
                        origin=origin, target=target, start=start, end=end,
                    )
                )  # fmt: skip
                u = after[u]
        return schedule.model_copy(update={"trips": tuple(trips)})

    def hint(self, schedule: Schedule) -> None:
        """Where to begin to look."""
        trips = {(t.job, t.operation): t for t in schedule.trips}
        place = {}
        for u, way in enumerate(self._ways, 1):
            trip = trips.get((way.op.job.id, way.op.k))
            if way.made is not None:
                self._model.proto.add_hint(way.made, trip is not None)
            if trip is not None:
                place[trip.job, trip.operation] = u
                self._model.proto.add_hint(way.start, trip.start)
                self._model.proto.add_hint(way.end, trip.end)
        if self._ways:
            rounds = [
                [place[t.job, t.operation] for t in schedule.round(vehicle)]
                for vehicle in range(self._fleet.vehicles)
            ]
            self._model.hint_circuit(self._arcs, rounds)

    def _job(self, ops: list[Op]) -> Iterator[_Way]:
        """The ways of a job; none to an operation on the one machine where the job already is."""
        before: Op | None = None
        for op in ops:
            pairs = [(place, on) for place in self._places(before) for on in op.ways]
            moves = [place[0] != on.machine.id for place, on in pairs]
            if any(moves):
                yield self._way(op, before, pairs, moves)
            before = op

    def _way(self, op: Op, before: Op | None, pairs: list[Any], moves: list[bool]) -> _Way:
        model = self._model
        made = None if all(moves) else model.truth()
        way = _Way(op, before, made, model.time(), model.time())
        model.add(way.start >= (op.job.release if before is None else before.end), made)
        model.add(way.end <= op.start, made)
        for ((origin, there), on), moved in zip(pairs, moves, strict=True):
            travel_s = self._fleet.travel_s(origin, on.machine.id)
            model.add(way.end == way.start + travel_s, there, on.here)
            if made is not None:
                model.add(made == int(moved), there, on.here)
        return way

    def _empty(self, literal: Any, first: _Way | None, then: _Way) -> None:
        """A vehicle comes from where it was last to where it fetches the next job."""
        model, dock = self._model, self._fleet.dock
        left = [(on.machine.id, on.here) for on in first.op.ways] if first else [(dock, None)]
        free = first.end if first else 0
        for place, was in left:
            for origin, there in self._places(then.before):
                if place is not None:
                    empty_s = self._fleet.travel_s(place, origin)
                    model.add(then.start >= free + empty_s, literal, was, there)

    def _places(self, op: Op | None) -> list[tuple[str, Any]]:
        """Where a job may be after an operation, or before its first; with the literal."""
        if op is not None:
            return [(on.machine.id, on.here) for on in op.ways]
        return [] if self._fleet.dock is None else [(self._fleet.dock, None)]
