"""What if and compare through the real server: real twin, real simulation, the command line."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
import uvicorn
from typer.testing import CliRunner

from api import cli
from api.server import application, listening
from api.suppositions import _heard
from tests.api.test_server import opened
from tests.tools.scenery import NOW, OPERATOR, Window, snapshot
from tools.scene import Scene
from twin_core.errors import NoData, OpsTwinError
from twin_core.reader import READER
from twin_core.simulation.scenario import Restored, Scenario

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINE4 = "riverside/packaging/line4"
FILLER = f"{LINE4}/filler"
SLOW = "slow filler 4 by 5 %"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    async with opened(tmp_path_factory.mktemp("house") / "data") as found:
        await found.turn(120)
        yield found


@asynccontextmanager
async def served(house):
    """The same system on a real socket; its URL."""
    with listening("127.0.0.1", 0) as door:
        config = uvicorn.Config(application(house.system), log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


async def run(house, monkeypatch, *arguments):
    """The command as olga would give it."""
    monkeypatch.setattr("api.client.stored_token", lambda _url: house.tokens["olga"])
    async with served(house) as url:
        return await asyncio.to_thread(CliRunner().invoke, cli.app, [*arguments, "--url", url])


async def test_a_what_if_is_answered_whole(house, monkeypatch, tmp_path):
    """Mean, interval, difference; replications, model, seed, state; a picture if it is wanted."""
    out = tmp_path / "out.png"
    done = await run(
        house, monkeypatch, "whatif",
        "add 20 bottles of buffer between the filler and the capper on line 4",
        "--horizon", "15min", "--png", str(out),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    for piece in (
        "room for 220 bottles instead of 200 between filler 4 and capper 4",
        "over the next 15 min", "(90 % interval", "as it is", "difference",
        "replications of model", "seed 1, from state",
    ):  # fmt: skip
        assert piece in told
    digest = house.system.pump.snapshot().digest[:12]
    assert len(digest) == 12
    assert out.read_bytes().startswith(PNG)
    assert not list(tmp_path.glob("*.part"))


async def test_a_start_that_nobody_heard_is_refused_with_what_is_held(house):
    """The history begins two minutes ago; words that say no moment are refused as well."""
    asked = {"text": "capper 4 stops for 10 min", "start": "2020-03-01 22:00"}
    found = await house.post("/whatif", asked)
    assert found.status_code == 422
    assert "A start at 2020-03-01 22:00:00 GMT" in found.text
    assert "and later: there the history of Line 4 begins" in found.text
    found = await house.post("/compare", {"options": ["capper 4 at 90 %"], "start": "soon"})
    assert found.status_code == 422
    assert "allowed: “22:00”" in found.text
    mixed = ["capper 4 at 90 % as of 10:00", "capper 4 at 80 %"]
    assert "one start for all" in (await house.post("/compare", {"options": mixed})).text


async def test_a_healthy_start_is_taken_at_the_command_line(house, monkeypatch):
    """And said."""
    done = await run(house, monkeypatch, "whatif", "capper 4 stops for 10 min", "--from", "healthy")
    assert done.exit_code == 0, done.output
    assert "from a healthy line" in " ".join(done.output.split())


async def test_how_things_go_over_time_is_told_and_drawn(house):
    """The rate before and after, and what differs most, with bands."""
    asked = {"text": "capper 4 stops for 10 min", "horizon": "30 min"}
    told = (await house.post("/whatif", asked)).json()
    (compared,) = told["comparisons"]
    assert {c["kind"] for c in compared["candidate"]["courses"]} == {"rate", "level", "value"}
    curves = [chart for chart in told["charts"] if chart["kind"] == "series"]
    assert curves[0]["title"] == "Rate of line 4, simulated: mean and 90 % of runs"
    assert [len(s["low"]) for s in curves[0]["series"]] == [48, 48]
    assert 1 < len(curves) <= 4


async def test_a_scenario_is_answered_with_its_values(house):
    """A program sends a scenario and reads a comparison with things as they are, and its charts."""
    change = {"kind": "speed", "asset": f"{LINE4}/packer", "factor": 0.5}
    scenario = {"name": "slow", "line": LINE4, "horizon_s": 900, "changes": [change]}
    found = await house.post("/whatif", {"scenario": scenario})
    assert found.status_code == 200, found.text
    body = found.json()
    (compared,) = body["comparisons"]
    assert compared["candidate"]["scenario"]["changes"] == [change]
    assert compared["baseline"]["scenario"]["changes"] == []
    assert compared["gain"]["mean"] < 0
    assert [spread["name"] for spread in body["charts"][0]["spreads"]] == [
        "as it is", "packer 4 at 50 % of its speed",
    ]  # fmt: skip


async def test_options_are_compared_and_ranked(house, monkeypatch):
    """The best first, things as they are among them, and what cannot be told apart."""
    done = await run(
        house, monkeypatch, "compare", "packer 4 stops for 10 min",
        "filler 4 at 100 %", "--by", "throughput",
        "--horizon", "15min", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    body = json.loads(done.stdout)
    assert body["text"][0].startswith("Best for line 4: leave it as it is")
    ranked = body["ranking"]["ranked"]
    assert ranked[-1]["place"] == 1
    assert 0 in next(one for one in ranked if one["place"] == 2)["like"]
    assert [chart["kind"] for chart in body["charts"]] == ["bars", "bars"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["slow filler 9 by 5 %"], "Did you mean Filler 1"),
        (["speed up filler 4 by 50 %"], "allowed: up to 1.1 times it, 660 bottles/min"),
        (["take 500 bottles of buffer away between filler 4 and capper 4"],
         "allowed: -200 or more bottles"),
        (["the moon explodes"], "What I can simulate"),
        (["slow filler 4 by 5 %", "--horizon", "3 days"], "allowed: a time up to 8 hours"),
        (["slow filler 4 by 5 %", "--line", "line 9"], "no asset “line 9”"),
        (["\u202e$(x)"], "did not understand"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_in_a_sentence(house, monkeypatch, words, says):
    """With what is allowed; nothing is simulated, and the command fails."""
    done = await run(house, monkeypatch, "whatif", *words)
    assert done.exit_code != 0
    assert isinstance(done.exception, OpsTwinError)
    assert says in str(done.exception)


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/whatif", {}, 422, "either text or scenario is needed"),
        ("/whatif", {"text": " "}, 422, "at least 1 character"),
        ("/whatif", {"text": "x", "scenario": {"name": "", "line": LINE4}}, 422, "either text"),
        ("/whatif", {"scenario": {"name": "", "line": f"{LINE4}9"}}, 404, "There is no line"),
        ("/whatif", {"scenario": {"name": "", "line": LINE4, "horizon_s": -1}}, 422, "allowed"),
        ("/whatif", {"scenario": {"name": "", "line": LINE4, "horizon_s": 1e-300}}, 422,
         "a horizon of 1e-300 s; allowed: 1 to 86400 s"),
        ("/whatif", {"text": SLOW, "horizon": "nan min"}, 422, "allowed: a time up to 8 hours"),
        ("/whatif", {"text": SLOW, "horizon": "9" * 90 + " h"}, 422, "such as “30 min”"),
        ("/whatif", {"scenario": {"name": "", "line": LINE4, "changes": [
            {"kind": "buffer_size", "source": FILLER, "target": f"{LINE4}/capper",
             "capacity": -5}]}}, 422, "that holds -5; allowed: 0 to"),
        ("/whatif", {"scenario": {"name": "", "line": LINE4, "changes": [
            {"kind": "speed", "asset": f"{LINE4}/none", "factor": 1}]}}, 404, "There is no"),
        ("/compare", {}, 422, "either options or scenarios are needed"),
        ("/compare", {"options": ["nothing changes on line 4"]}, 422, "Nothing is to be changed"),
        ("/compare", {"options": ["compressor 1 stops for 5 min"]}, 422,
         "Several lines are concerned; say whose rate counts; allowed: Line 1 or Line 2"),
        ("/compare", {"options": ["slow filler 4 by 5 %"], "by": "beauty"}, 404, "no indicator"),
        ("/compare", {"options": ["filler 4 at 90 % for the next 5 min",
                                  "filler 4 at 80 % for the next 9 min"]}, 422, "one time for all"),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_meant_is_refused(house, path, body, status, says):
    """Never a 500, and no traceback."""
    found = await house.post(path, body)
    assert (found.status_code, says in found.json()["message"]) == (status, True), found.text


async def test_the_doors_need_a_token_of_the_site(house):
    """No token opens none of them, one of another site neither."""
    for path in ("/whatif", "/compare", "/charts/png"):
        assert (await house.http.post(path, json={"text": "x"})).status_code == 401
        assert (await house.post(path, {"text": "x"}, "mona")).status_code == 403


async def test_what_cannot_be_heard_is_not_simulated():
    """A scenario about a line whose controller is silent gets no forecast from its last values."""
    silent = Scene(Window(snapshot(down={"line4_plc": NOW - 10**9})), OPERATOR)
    with pytest.raises(NoData):
        _heard(silent, Scenario(name="", line=LINE4))
    compressor = Restored(asset="riverside/utilities/air/compressor_1", before=NOW)
    line3 = "riverside/packaging/line3"
    asked = Scenario(name="", line=line3, changes=(compressor,))
    assert _heard(silent, asked) is asked
    deaf = Scene(Window(snapshot(down={"utilities_plc": NOW - 10**9})), OPERATOR)
    with pytest.raises(NoData):
        _heard(deaf, asked)


async def test_what_is_computed_is_computed_for_who_asks(house, monkeypatch):
    """So that people take turns, and it ends when he goes."""
    seen = []
    compute = house.system.compute
    asked = compute.map

    async def noted(function, items, told=None, **how):
        reader = READER.get()
        assert reader is not None
        seen.append(reader.who)
        return await asked(function, items, told, **how)

    monkeypatch.setattr(compute, "map", noted)
    bars = {"kind": "bars", "title": "", "labels": ["a"], "values": [1]}
    for user in ("olga", "sam"):
        await house.post("/charts/png", {"charts": [bars]}, user)
    assert seen == ["olga", "sam"]


async def test_charts_of_any_answer_are_drawn(house):
    """The same charts give the same bytes; what is no chart is refused, and so is too much."""
    bars = {"kind": "bars", "title": "$x$", "labels": ["a", "b"], "values": [1, 2]}
    first = await house.post("/charts/png", {"charts": [bars]})
    assert first.headers["content-type"] == "image/png"
    assert first.content.startswith(PNG)
    assert (await house.post("/charts/png", {"charts": [bars]})).content == first.content
    curve = {"name": "", "unit": "", "time": list(range(200_001)), "value": [1] * 200_001}
    broken = base64.b64encode(PNG + b"no").decode()
    for charts, status, says in (
        ([], 422, "nothing to draw"),
        ([{"kind": "pie"}], 422, "charts.0"),
        ([{**bars, "labels": []}], 422, "one length"),
        ([bars] * 13, 413, "at most 12"),
        ([{"kind": "series", "title": "", "series": [curve]}], 413, "at most 200000"),
        ([{"kind": "picture", "title": "", "png": broken}], 413, "pixels"),
    ):
        found = await house.post("/charts/png", {"charts": charts})
        assert (found.status_code, says in found.json()["message"]) == (status, True), found.text


async def test_an_answer_of_the_assistant_is_drawn_too(house, monkeypatch, tmp_path):
    """`opstwin ask … --png`; an answer without a chart says so and writes nothing."""
    out = tmp_path / "trend.png"
    done = await run(house, monkeypatch, "ask", "Show me the rate of line 4 over the last minute",
                     "--png", str(out))  # fmt: skip
    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(PNG)
    none = await run(house, monkeypatch, "ask", "Is line 4 running?", "--png", str(tmp_path / "n"))
    assert "has no chart" in str(none.exception)
    assert not (tmp_path / "n").exists()


@pytest.mark.parametrize("verb", ["whatif", "compare"])
async def test_help_teaches_with_examples(verb):
    """Each example is one line that can be copied."""
    done = CliRunner().invoke(cli.app, [verb, "--help"], terminal_width=200)
    assert done.exit_code == 0
    assert done.output.count(f"opstwin {verb} ") >= 3
