"""`opstwin plant import`: a plant, its history and its orders, asked at the one door."""

import asyncio

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.settings import Settings
from api.wiring import build
from tests.twin_core.importing.test_imported import MAPPING, MIDNIGHT, TABLES
from twin_core.answer import Answer, Ask, Asker
from twin_core.value import SECOND

ASKER = Asker(user="olga", name="Olga", roles=("operator",), sites=("works",))


@pytest.fixture
def folder(tmp_path):
    for name, table in TABLES.items():
        rows = zip(*([c, *(x or "" for x in cells)] for c, cells in table.items()), strict=True)
        (tmp_path / name).write_text("\n".join(",".join(row) for row in rows) + "\n")
    (tmp_path / "map.yaml").write_text(MAPPING)
    return tmp_path


def run(folder, *more):
    given = ("--mapping", f"{folder}/map.yaml", "--tables", f"{folder}", "--out", f"{folder}/out")
    return CliRunner().invoke(app, ["plant", "import", *given, "--data", f"{folder}/var", *more])


async def ask(system, text):
    said = [a async for a in system.ask(Ask(text=text, asker=ASKER, thread="t"))]
    return next(a for a in said if isinstance(a, Answer))


async def test_what_was_imported_is_answered_from(folder):
    """Assets, readings of a day, orders; and after a restart the history holds nothing twice."""
    done = await asyncio.to_thread(run, folder)
    assert done.exit_code == 0, done.output
    assert "2 assets, 3 points, 4 readings, 2 work orders" in done.output
    settings = Settings(data=folder / "var", plant=folder / "out" / "plant.yaml", workers=1)
    for _ in range(2):
        system = build(settings)
        async with system.running():
            assert "Pump 2, Pump 10" in (await ask(system, "Which assets are there?")).text
            told = await ask(system, "Download sensor data of pump 2's pressure from July 2020")
            assert [e.data["count"] for e in told.evidence if "count" in e.data] == [1]
            orders = await ask(system, "work orders of pump 10")
            assert "W2" in orders.text
            span = (MIDNIGHT, MIDNIGHT + 86400 * SECOND)
            point = system.plant.index["works/equipment/all/pump_10/alert_r_1"]
            assert len(await system.historian.raw([point], *span)) == 2


def test_nothing_is_written_over(folder):
    """A second import into the same place is refused."""
    assert run(folder).exit_code == 0
    again = run(folder)
    assert again.exit_code != 0
    elsewhere = run(folder, "--out", f"{folder}/other")
    assert elsewhere.exit_code != 0
    assert not (folder / "other" / "plant.yaml").exists()


def test_where_no_file_can_be_written_no_reading_is_kept(folder):
    """The next try, into a folder that can be, is not refused for a history."""
    (folder / "taken").write_text("")
    assert run(folder, "--out", f"{folder}/taken/plant").exit_code != 0
    assert run(folder).exit_code == 0


def test_a_file_that_is_not_there_is_told_at_the_mapping_s_line(folder):
    """With those that are."""
    (folder / "log.csv").rename(folder / "logs.csv")
    said = run(folder)
    assert said.exit_code != 0
    assert "map.yaml" in str(said.exception)
    assert "no file “log.csv”" in str(said.exception)
    assert "logs.csv" in str(said.exception)


@pytest.mark.parametrize("way", ["../log.csv", "absolute", "link"])
def test_a_file_outside_the_tables_is_refused_at_the_mapping_s_line(folder, way):
    """Up, from the root or through a link: it is never opened."""
    tables, outside = folder / "tables", folder / "log.csv"
    tables.mkdir()
    for name in TABLES:
        if name != "log.csv":
            (folder / name).rename(tables / name)
    named = {"../log.csv": way, "absolute": str(outside), "link": "linked.csv"}[way]
    (tables / "linked.csv").symlink_to(outside)
    (folder / "map.yaml").write_text(MAPPING.replace("log.csv", named))
    said = run(folder, "--tables", f"{tables}")
    assert said.exit_code != 0
    assert f"file “{named}” leads out of" in str(said.exception)
