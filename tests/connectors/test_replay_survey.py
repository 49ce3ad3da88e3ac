"""What a file offers: its form is found, its columns are tags, what nobody can know is said."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet

from connectors.replay_options import ReplayAddress, ReplayOptions
from connectors.replay_stage import Stage
from connectors.replay_survey import survey
from twin_core.errors import SourceDown, WrongKind

BASE = datetime(2024, 6, 13, 12, tzinfo=UTC)


def staged(found, path):
    """What is read of the file with the options that were found."""
    points = {i: ReplayAddress(name=tag.address) for i, tag in enumerate(found.tags)}
    options = ReplayOptions.model_validate({**found.options, "timezone": "UTC"})
    stage = Stage("f", options, points)
    try:
        return stage.take([path])
    finally:
        stage.close()


def test_a_spreadsheet_of_europe_is_understood(tmp_path):
    """Delimiter, decimal comma, day first, encoding, units in names; words are no tags."""
    path = tmp_path / "Halle 7.csv"
    rows = [
        f"{(BASE + timedelta(seconds=i)).strftime('%d.%m.%Y %H:%M:%S')};{i},5;{i};{i % 2};grün;{i}"
        for i in range(40)
    ]
    head = "Datum;Filler 4/Bowl pressure [bar];Count;Läuft;Farbe;Temp (°C)"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="latin-1")
    found = survey(path)
    assert found.kind == "replay"
    assert found.url == f"file:{tmp_path}/Halle%207.csv"
    assert found.options == {
        "encoding": "latin-1", "delimiter": ";", "decimal": ",", "time": "Datum",
        "time_format": "%d.%m.%Y %H:%M:%S",
    }  # fmt: skip
    assert [(t.address, t.type, t.unit, t.unit_said) for t in found.tags] == [
        ("Filler 4/Bowl pressure [bar]", "float", None, "bar"),
        ("Count", "int", None, ""),
        ("Läuft", "bool", None, ""),
        ("Temp (°C)", "int", "Cel", "°C"),
    ]
    assert found.tags[0].path == ("Halle 7", "Filler 4/Bowl pressure")
    decide = " ".join(found.decide)
    assert "day" in decide
    assert "timezone" in decide
    assert "Farbe" in found.left_out[0]
    assert (staged(found, path).rows, staged(found, path).bad) == (160, 0)


def test_a_long_file_of_a_historian_is_understood(tmp_path):
    """Time in milliseconds, tag, value, quality: each tag is one, by name."""
    path = tmp_path / "pi.csv"
    lines = [f"{1717243200000 + i},T{i % 3},{i / 7},192" for i in range(60)]
    path.write_text("\n".join(["ts,TagName,value,quality", *lines]) + "\n")
    found = survey(path)
    assert found.options == {
        "delimiter": ",", "time": "ts", "time_format": "ms", "layout": "long", "tag": "TagName",
        "value": "value", "status": "quality",
    }  # fmt: skip
    assert [t.address for t in found.tags] == ["T0", "T1", "T2"]
    assert any("status_as" in sentence for sentence in found.decide)
    assert not any("timezone" in sentence for sentence in found.decide)
    assert staged(found, path).rows == 60


def test_parquet_tells_its_types_itself(tmp_path):
    """Times with a zone need no decision; of a folder the first file is looked at, and said."""
    for name in ("b", "a"):
        table = {
            "at": pa.array([BASE, BASE + timedelta(seconds=1)], pa.timestamp("ms", tz="UTC")),
            "speed": pa.array([1.5, 2.5]),
            "on": pa.array([True, False]),
            "who": pa.array(["x", "y"]),
        }
        parquet.write_table(pa.table(table), tmp_path / f"{name}.parquet")
    found = survey(tmp_path)
    assert found.options == {"time": "at"}
    assert [(t.address, t.type) for t in found.tags] == [("speed", "float"), ("on", "bool")]
    assert "only a.parquet" in found.left_out[0]
    assert not any("timezone" in sentence for sentence in found.decide)
    assert staged(found, tmp_path / "a.parquet").rows == 4


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", (SourceDown, WrongKind), "a.csv"),
        ("a,b\n1,2\n3,4\n", WrongKind, "no column that is a time"),
        ("2024-06-01 12:00:00,1\n2024-06-01 12:00:01,2\n", WrongKind, "column names"),
        ("time,word\n2024-06-01 12:00:00,x\n2024-06-01 12:00:01,y\n", WrongKind, "no numbers"),
        ("\0\0\0\0", (SourceDown, WrongKind), "a.csv"),
    ],
)
def test_what_is_no_table_of_readings_is_told(tmp_path, text, error, said):
    """Empty, without times, names or numbers, or no text at all: one sentence."""
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(error, match=said):
        survey(path)


def test_what_is_not_there_is_told(tmp_path):
    """No file, an empty folder, a Parquet file that is none."""
    (tmp_path / "x.parquet").write_text("nothing")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none.csv", tmp_path / "empty", tmp_path / "x.parquet"):
        with pytest.raises(SourceDown):
            survey(path)
