"""Chart data: small values that hold together, and go through JSON and back."""

import pytest
from pydantic import TypeAdapter, ValidationError

from twin_core.chart import (
    Bars,
    ChartData,
    Cloud,
    Curves,
    Distribution,
    Gantt,
    Picture,
    Scatter,
    Series,
    Span,
    Spread,
    Step,
    Waterfall,
)

PNG = b"\x89PNG\r\n\x1a\n and the rest"

CHARTS = [
    Curves(title="a", series=(Series(name="x", unit="bar", time=(1, 2), value=(1.0, None)),)),
    Bars(title="a", labels=("x",), values=(1.0,), low=(0.5,), high=(2.0,), unit="min"),
    Distribution(
        title="a", spreads=(Spread(name="x", quantiles=(1, 2, 2), mean=2, low=1, high=2, n=3),)
    ),
    Gantt(title="a", rows=("m",), spans=(Span(row="m", label="j", start=0, end=5),), start=7),
    Waterfall(title="a", first="x", value=2.0, steps=(Step(label="y", value=-1.0),), last="z"),
    Scatter(title="a", clouds=(Cloud(name="x", predicted=(1.0,), observed=(2.0,)),)),
    Picture(title="a", png=PNG),
]
CHART: TypeAdapter[ChartData] = TypeAdapter(ChartData)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.kind)
def test_every_kind_goes_through_json_and_back(chart):
    """By its kind it is known again, as text and as a tree."""
    assert CHART.validate_json(CHART.dump_json(chart)) == chart
    assert CHART.validate_python(CHART.dump_python(chart, mode="json")) == chart


def test_the_wire_keeps_the_names_it_had():
    """Who read curves and bars before still finds kind, title, series, labels, values, unit."""
    assert {"kind": "series", "title": "a", "unit": ""}.items() <= CHARTS[0].model_dump().items()
    bars = CHARTS[1].model_dump(mode="json")
    assert (bars["kind"], bars["labels"], bars["values"], bars["unit"]) == (
        "bars", ["x"], [1.0], "min",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"kind": "bars", "title": "", "labels": ["a"], "values": []}, "one length"),
        ({"kind": "bars", "title": "", "labels": ["a"], "values": [1], "low": [1]}, "one length"),
        ({"kind": "pie", "title": ""}, "pie"),
        ({"kind": "bars", "title": "", "labels": ["a"], "values": ["nan"]}, "finite"),
        (
            {"kind": "bars", "title": "", "labels": ["a"], "values": [1], "low": [2], "high": [0]},
            "before it begins",
        ),
        ({"kind": "picture", "title": "", "png": "<svg/>"}, "base64"),
        ({"kind": "picture", "title": "", "png": "R0lGODlh"}, "a picture is a PNG"),
        (
            {"kind": "gantt", "title": "", "rows": [],
             "spans": [{"row": "m", "start": 0, "end": 1}]},
            "every span stands in a row",
        ),
        (
            {"kind": "gantt", "title": "", "rows": ["m"],
             "spans": [{"row": "m", "start": 1, "end": 0}]},
            "ends after it starts",
        ),
        (
            {"kind": "distribution", "title": "", "spreads": [
                {"name": "", "quantiles": [2, 1], "mean": 1, "low": 1, "high": 1, "n": 1}]},
            "ascend",
        ),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused(broken, says):
    """Columns of different lengths, kinds there are not, numbers that are none, other pixels."""
    with pytest.raises(ValidationError, match=says):
        CHART.validate_python(broken)
