"""A search told as it goes on, ended by who began it, or with its reader."""

import asyncio
import json
from contextlib import contextmanager
from typing import Any

import pytest

from api import cli_searching, searching
from api.client import ServerRefusal
from api.searching import Searches
from connectors.mailbox import mailbox
from tests.api.test_schedules import SHOP, Door, door
from twin_core.errors import ImpossibleScenario, NotAllowed, SourceDown, StoreDown, UnknownName
from twin_core.simulation.scheduling.solve import Progress

__all__ = ["door"]

SAID = Progress(value=90, bound=60, of=("site/hall/saw",), aim="tardiness")


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(searching, "_LOOK_S", 0.001)


async def never_gone():
    return False


def parts(event):
    return event.split("\n")[0][7:], json.loads(event.split("data: ")[1])


async def until_ended(watch):
    """A search that finds one schedule and goes on until it is ended."""
    while await asyncio.to_thread(watch.told, SAID):
        pass
    return {"value": 90}


async def test_progress_is_told_and_who_began_it_ends_it_with_the_best_so_far(at_once):
    """Its id first; another person may not end it; when it is over nobody can."""
    searches = Searches(mailbox)
    told = []
    async for event in searches.events(until_ended, "olga", never_gone):
        told.append(parts(event))
        if told[-1][0] == "progress" and told[-1][1]["value"] == 90:
            with pytest.raises(NotAllowed, match="whoever began it"):
                searches.end(told[0][1]["id"], "sam")
            searches.end(told[0][1]["id"], "olga")
    assert told[0][0] == "search"
    progress = next(body for name, body in told if name == "progress" and body["value"])
    assert (progress["bound"], progress["of"], progress["aim"]) == (60, [*SAID.of], "tardiness")
    assert told[-1] == ("schedule", {"value": 90})
    with pytest.raises(UnknownName):
        searches.end(told[0][1]["id"], "olga")


async def test_a_search_ends_with_its_reader(at_once):
    """The worker hears it: its mailbox is gone."""
    watched = []

    async def run(watch):
        watched.append(watch)
        return await asyncio.Event().wait()

    async def gone():
        return bool(watched)

    names = [parts(e)[0] async for e in Searches(mailbox).events(run, "olga", gone)]
    assert names == ["search"]
    assert watched[0].ended


async def test_what_goes_wrong_on_the_way_is_told(at_once):
    async def run(_watch):
        raise ImpossibleScenario("no job has a due time", "makespan as aim")

    *_, last = [parts(e) async for e in Searches(mailbox).events(run, "olga", never_gone)]
    assert last[0] == "problem"
    assert "makespan as aim" in last[1]["message"]


async def test_the_route_streams_where_the_client_accepts_it(door: Door):
    """The same answer as JSON; a line that is none is refused before anything is streamed."""
    plain = (await door.post("/schedules", lines=["line 4"])).json()
    events = await door.stream("/schedules", lines=["line 4"])
    assert events[0][0] == "search"
    assert events[-1] == ("schedule", plain)
    refused = await door.stream("/schedules", lines=["the moon"])
    assert refused[0][0] == "refused"
    ended = await door.post("/schedules/0123abcd/endings")
    assert ended.status_code == 404


async def test_the_command_shows_what_was_found(door: Door, monkeypatch, tmp_path):
    """Also of a shop of its own."""
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    done = await door.run(monkeypatch, "schedule", "--shop", str(file))
    assert done.exit_code == 0, done.output


def searched(told: Any):
    """What the command makes of these events."""
    return cli_searching.searched(told, "/schedules", {})


class Told:
    """A client of a server that answers with these events."""

    url = "http://x"

    def __init__(self, *events, then=None):
        self.given, self.then, self.posted = events, then, []

    def events(self, _path, _body):
        for event in self.given:
            yield event
            if self.then is not None:
                self.then()

    def post(self, path, _body):
        self.posted.append(path)


PROGRESS = {"value": 5400, "bound": 600, "aim": "tardiness", "of": ["a/b/line4"], "took_s": 3.2}


def test_progress_is_one_line_with_best_and_bound():
    assert cli_searching.told(PROGRESS) == (
        "line4: lateness 90 min so far, none is below 10 min; 3 s"
    )
    none = PROGRESS | {"value": None, "of": ["a", "b"], "aim": "makespan", "bound": 0}
    assert cli_searching.told(none) == "none found yet, none is below 0 s; 3 s"


def test_the_first_interrupt_ends_the_search_with_the_best_so_far(monkeypatch):
    """The server is asked to end it; what it then answers is shown."""
    ends = []

    @contextmanager
    def caught(end):
        ends.append(end)
        yield

    monkeypatch.setattr(cli_searching, "_first_interrupt", caught)
    told = Told(("search", {"id": "s1"}), ("progress", PROGRESS), ("schedule", {"plans": []}))
    told.then = lambda: ends[0]() if not told.posted else None
    assert searched(told) == {"plans": []}
    assert told.posted == ["/schedules/s1/endings"]


def test_an_end_that_comes_too_late_loses_no_answer(monkeypatch):
    """The search was done already: that is said, and the answer shown."""
    ends = []

    @contextmanager
    def caught(end):
        ends.append(end)
        yield

    class Late(Told):
        def post(self, _path, _body):
            raise ServerRefusal("There is no search that runs")

    monkeypatch.setattr(cli_searching, "_first_interrupt", caught)
    told = Late(("search", {"id": "s1"}), ("schedule", {"plans": []}))

    def interrupted():
        ends[0]()

    told.then = interrupted
    assert searched(told) == {"plans": []}


async def test_without_a_place_to_watch_it_is_a_problem():
    class Nowhere:
        def __enter__(self):
            raise StoreDown("progress of a search", "no space left")

        def __exit__(self, *_):
            return None

    made: Any = Nowhere
    told = [parts(e) async for e in Searches(made).events(until_ended, "olga", never_gone)]
    assert [name for name, _ in told] == ["problem"]


def test_an_interrupt_before_the_search_began_is_what_it_always_is(monkeypatch):
    """And a problem, or an end without an answer, is an error."""

    @contextmanager
    def at_once(end):
        end()
        yield

    with pytest.raises(ServerRefusal, match="no way"):
        searched(Told(("problem", {"message": "no way"})))
    with pytest.raises(SourceDown):
        searched(Told(("search", {"id": "s1"})))
    monkeypatch.setattr(cli_searching, "_first_interrupt", at_once)
    with pytest.raises(KeyboardInterrupt):
        searched(Told())
