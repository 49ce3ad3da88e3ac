"""What a file offers, for a plant file's draft: its form, and every column or tag as a Tag.

The form is found by looking at the file's beginning; where a guess could be wrong, or nothing
tells (the time zone), that is said. It must never choose a time zone.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import duckdb

from connectors import bounded_duckdb
from connectors.replay_file import TableFile, encoding_of, literal, number_and_text, plain
from connectors.replay_options import ReplayOptions, usable
from connectors.vendor_error import clause
from twin_core.errors import SourceDown, WrongKind
from twin_core.plant.survey import Survey, Tag

_MEMORY = "256MB"
_SAMPLE = 50_000  # rows that are looked at
_MOST = 10_000  # tags that are told
_TIMES = ("time", "timestamp", "datetime", "date", "ts", "t", "zeit", "datum")
_TAGS = ("tag", "tagname", "tag_name", "point", "sensor", "sensor_id", "variable", "signal",
         "channel", "metric", "item", "series", "name")  # fmt: skip
_VALUES = ("value", "val", "v", "reading", "measurement", "wert")
_QUALITIES = ("status", "quality", "qual", "q")
_EPOCHS = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (1e8, "s"))
_UNIT = re.compile(r"(.*?)\s*(?:\[([^\[\]]*)\]|\(([^()]*)\))\s*")
_KNOWN = {"°C": "Cel", "degC": "Cel", "C": "Cel", "rpm": "1/min", "V": "V", "A": "A", "%": "%"}
_DECIMAL_COMMA = r"^\s*[-+]?\d+,\d+\s*$"


def survey(place: Path) -> Survey:
    """What a CSV or Parquet file offers; of a folder its first file.

    Raises:
        SourceDown: it cannot be read.
        WrongKind: it has no column that is a time, or none that holds numbers.
    """
    path, notes = _one(place)
    try:
        with closing(bounded_duckdb.opened(":memory:", _MEMORY)) as db:
            return _looked_through(db, place, path, notes)
    except (duckdb.Error, OSError) as problem:
        raise SourceDown(str(place), clause(problem)) from problem


def _one(place: Path) -> tuple[Path, list[str]]:
    try:
        if not place.is_dir():
            place.stat()
            return place, []
        files = usable(place.iterdir())
    except OSError as problem:
        raise SourceDown(str(place), problem.strerror or clause(problem)) from problem
    if not files:
        raise SourceDown(str(place), "no file in it ends with .csv, .csv.gz or .parquet")
    return files[0], [f"{len(files) - 1} more files in the folder: only {files[0].name} was read"]


def _looked_through(db: Any, place: Path, path: Path, notes: list[str]) -> Survey:
    form, kinds = _form(db, path)
    decide: list[str] = []
    time, told = _time(db, path, form, kinds, decide)
    form |= told
    names = {name.lower(): name for name in kinds if name != time}
    tag, value = (_first(names, wanted) for wanted in (_TAGS, _VALUES))
    if tag is not None and value is not None and kinds[tag] == "VARCHAR":
        form |= {"layout": "long", "tag": tag, "value": value}
        if (status := _first(names, _QUALITIES)) is not None:
            form["status"] = status
            decide.append(
                f"status_as: is a number in “{status}” an OPC UA status or classic (192)?"
            )
    file = TableFile.opened(db, path, ReplayOptions.model_validate(form))
    tags, strangers = (_tags_long if "layout" in form else _tags_wide)(db, path, file, form)
    if not tags:
        raise WrongKind(path.name, f"no numbers beside “{time}”", "columns or tags with numbers")
    if strangers:
        notes.append(f"columns that hold no numbers: {', '.join(strangers[:20])}")
    return Survey(
        url=f"file:{quote(str(place.resolve()))}",
        name=path.name.split(".")[0],
        namespace="",
        kind="replay",
        options=form,
        decide=(*decide, "speed and rebase: by default times are moved to now, and run as fast."),
        tags=tuple(tags),
        left_out=tuple(notes),
    )


def _form(db: Any, path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """How the file is written, and the types of its columns."""
    if path.name.lower().endswith(".parquet"):
        rows = db.execute(f"DESCRIBE FROM read_parquet({literal(plain(path))})").fetchall()
        return {}, {name: kind for name, kind, *_ in rows}
    form: dict[str, Any] = {}
    if (encoding := encoding_of(path)) != "utf-8":
        form["encoding"] = encoding
    sniffed = f"sniff_csv({literal(plain(path))}, ignore_errors = true, encoding = '{encoding}')"
    wanted = "Delimiter, Columns, TimestampFormat, DateFormat, HasHeader"
    ask = f"SELECT {wanted} FROM {sniffed}"  # noqa: S608
    delimiter, columns, stamp, date, headed = db.execute(ask).fetchone()
    if not headed:
        raise WrongKind(path.name, "no line of column names", "a first line that names them")
    form["delimiter"] = delimiter
    kinds = {column["name"]: column["type"] for column in columns}
    if (stamp or date) and not str(stamp or date).startswith("%Y-%m-%d"):
        form["time_format"] = stamp or date
    told = ReplayOptions.model_validate({**form, "time_format": "iso"})
    file = TableFile.opened(db, path, told)
    texts = [file.columns[n][0] for n, kind in kinds.items()
             if kind == "VARCHAR" and n in file.columns]  # fmt: skip
    commas = [f"count(*) FILTER (regexp_matches({at}, {literal(_DECIMAL_COMMA)}))" for at in texts]
    if commas:
        found = _asked(db, commas, file)
        if max(found) > 0:
            form["decimal"] = ","
    return form, {name: kinds.get(name, "VARCHAR") for name in file.columns}


def _time(
    db: Any, path: Path, form: Mapping[str, Any], kinds: Mapping[str, str], decide: list[str]
) -> tuple[str, dict[str, Any]]:
    """The column of the time, and what is to be said of it."""
    stamps = [name for name, kind in kinds.items() if kind.startswith(("TIMESTAMP", "DATE"))]
    name = next((n for n in stamps if n.lower() in _TIMES), stamps[0] if stamps else None)
    if name is not None:
        pattern = form.get("time_format", "")
        if "%d" in pattern and "%m" in pattern:
            decide.append(f"time_format: “{pattern}” was found; is the day where it says %d?")
        if "TIME ZONE" not in kinds[name] and "%z" not in pattern:
            decide.append(
                f"timezone (an option of the source, IANA): the times in “{name}” carry no "
                "offset, and nothing is read before it is given."
            )
        return name, {"time": name}
    lower = {n.lower(): n for n in kinds}
    name = _first(lower, _TIMES)
    if name is not None and kinds[name] != "VARCHAR":
        file = TableFile.opened(db, path, ReplayOptions.model_validate({**form, "time": " "}))
        at = file.columns[name][0]
        (most,) = _asked(db, [f"max(TRY_CAST({at} AS DOUBLE))"], file)
        unit = next((unit for least, unit in _EPOCHS if most is not None and most > least), None)
        if unit is not None:
            return name, {"time": name, "time_format": unit}
    raise WrongKind(path.name, "no column that is a time", "one with dates and times, or seconds")


def _tags_wide(
    db: Any, path: Path, file: TableFile, form: Mapping[str, Any]
) -> tuple[list[Tag], list[str]]:
    options = ReplayOptions.model_validate(form)
    others = [name for name in file.columns if name != options.time]
    sums = [_sums(*file.columns[name], options) for name in others]
    if not sums:
        return [], []
    row = _asked(db, sums, file)
    tags: list[Tag] = []
    strangers: list[str] = []
    for i, name in enumerate(others):
        kind = _kind(row[5 * i : 5 * i + 5])
        if kind is None:
            strangers.append(name)
        elif len(tags) < _MOST:
            tags.append(_tag(path, name, kind))
    return tags, strangers


def _tags_long(
    db: Any, path: Path, file: TableFile, form: Mapping[str, Any]
) -> tuple[list[Tag], list[str]]:
    options = ReplayOptions.model_validate(form)
    tag, value = file.columns[options.tag][0], file.columns[options.value]
    rows = db.execute(
        f"SELECT {tag}, {_sums(*value, options)} FROM {file.rows} WHERE {tag} IS NOT NULL "  # noqa: S608
        f"GROUP BY 1 ORDER BY 1 LIMIT {_MOST}"
    ).fetchall()
    kinds = [(str(name), _kind(sums)) for name, *sums in rows]
    tags = [_tag(path, name, kind) for name, kind in kinds if kind is not None]
    return tags, [name for name, kind in kinds if kind is None]


def _sums(name: str, kind: str, options: ReplayOptions) -> str:
    """In SQL: numbers, texts that are none, whether all are whole, and 0 or 1, and truth values."""
    number, text = number_and_text(name, kind, options)
    return (
        f"count({number}), count({text}), bool_and(({number}) = floor({number})), "
        f"bool_and(({number}) IN (0, 1)), count(DISTINCT {number})"
    )


def _kind(sums: Sequence[Any]) -> Literal["float", "int", "bool"] | None:
    """How what stands in a column is read; None where most of it is no number."""
    numbers, texts, whole, binary, distinct = sums
    if not numbers or texts > numbers:
        return None
    if binary and distinct == 2:
        return "bool"
    return "int" if whole else "float"


def _tag(path: Path, name: str, kind: Literal["float", "int", "bool"]) -> Tag:
    found = _UNIT.fullmatch(name)
    bare, said = name, ""
    if found is not None and found[1]:
        bare, said = found[1], (found[2] or found[3] or "").strip()
    return Tag(
        address=name,
        path=(path.name.split(".")[0], bare),
        unit=_KNOWN.get(said),
        unit_said=said[:40],
        type=kind,
    )


def _first(names: Mapping[str, str], wanted: Sequence[str]) -> str | None:
    return next((names[name] for name in wanted if name in names), None)


def _asked(db: Any, sums: Sequence[str], file: TableFile) -> tuple[Any, ...]:
    """Sums over the file's beginning."""
    query = f"SELECT {', '.join(sums)} FROM (FROM {file.rows} LIMIT {_SAMPLE})"  # noqa: S608
    found: tuple[Any, ...] = db.execute(query).fetchone()
    return found
