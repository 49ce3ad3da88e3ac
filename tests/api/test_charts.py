"""Charts as PNG: every kind draws, always the same, whatever the names in it say."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from api.chart_chances import DOTS, dots_of, stacked
from api.chart_curves import thinned
from api.chart_text import cut, legible, wide, wrapped
from api.charts import MOST_CHARTS, sheet
from twin_core.chart import (
    Bars,
    ChartData,
    Cloud,
    Curves,
    Distribution,
    Due,
    Gantt,
    Picture,
    Scatter,
    Series,
    Span,
    Spread,
    Step,
    Waterfall,
)
from twin_core.errors import BadInput, TooLarge
from twin_core.value import SECOND

ZONE = "Europe/Dublin"
T0 = 1_795_340_000 * SECOND
MINUTE = 60 * SECOND


def png_of(wide_px, high_px, pixel=b"\x10\x80\xf0"):
    """A PNG written by hand."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = (b"\x00" + pixel * wide_px) * high_px
    head = struct.pack(">IIBBBBB", wide_px, high_px, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def spread(name, values=(1.0, 2.0, 4.0)):
    return Spread(name=name, quantiles=values, mean=2.0, low=1.0, high=4.0, n=40)


def charts_called(name):
    """One of each kind, that name in every place for names."""
    time = tuple(T0 + i * MINUTE for i in range(6))
    curve = Series(
        name=name, unit=name, time=time, value=(1.0, 1.2, None, 1.5, None, 1.1),
        low=(0.9,) * 6, high=(1.6,) * 6,
    )  # fmt: skip
    return [
        Curves(title=name, series=(curve, curve), unit=name, since=time[3]),
        Bars(title=name, labels=(name, name), values=(-1.0, 2.0), unit=name),
        Bars(title=name, labels=(name,), values=(1.0,), low=(0.5,), high=(2.0,), reference=1.5),
        Distribution(title=name, spreads=(spread(name), spread(name)), unit=name),
        Gantt(
            title=name, rows=(name, f"{name} 2"), start=T0, due=(Due(label=name, at=300),),
            spans=(Span(row=name, label=name, start=0, end=3600),
                   Span(row=name, doing="changeover", start=3600, end=4000),
                   Span(row=f"{name} 2", doing="closed", start=100, end=900)),
        ),
        Gantt(title=name, rows=(name,), spans=(Span(row=name, label=name, start=0, end=9),)),
        Waterfall(title=name, first=name, value=5.0, last=name, unit=name,
                  steps=(Step(label=name, value=-2.0), Step(label=name, value=1.0))),
        Scatter(title=name, unit=name, clouds=(
            Cloud(name=name, predicted=(1.0, 2.0), observed=(1.1, 3.0), low=(0.9, 1.8),
                  high=(1.2, 2.2)), Cloud(name=name, predicted=(1.0,), observed=(1.0,)))),
        Picture(title=name, png=png_of(64, 48)),
    ]  # fmt: skip


def pixels(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("chart", charts_called("line 4"), ids=lambda chart: chart.kind)
def test_every_kind_is_drawn_and_always_the_same(chart):
    """The same data give the same bytes; what is drawn is more than an empty page."""
    png = sheet([chart], ZONE)
    assert png == sheet([chart], ZONE)
    seen = pixels(png)
    assert seen.shape[1] == 990
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) > 10


def test_charts_stand_one_below_the_other():
    """A sheet is as high as all that is on it."""
    one, two = charts_called("x")[:2]
    alone = [pixels(sheet([chart], ZONE)).shape[0] for chart in (one, two)]
    assert abs(pixels(sheet([one, two], ZONE)).shape[0] - sum(alone)) <= 2


def test_too_few_and_too_many_charts_are_refused():
    """Nothing is drawn of nothing, and no more than can be looked at."""
    with pytest.raises(BadInput, match="nothing to draw"):
        sheet([], ZONE)
    with pytest.raises(TooLarge, match=f"at most {MOST_CHARTS}"):
        sheet([charts_called("x")[1]] * (MOST_CHARTS + 1), ZONE)


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="$\\_^{}%&#~<>\n\r\t\x00\u202e\u0301", max_size=30),
    st.sampled_from(["$\\frac{1}{0}$", "W" * 900, "\n" * 50, "漢字" * 40, "", " ", "$", "\\",
                     "_nolegend_", "-inf", "a" * 30 + " " + "b" * 400]),
)  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(HOSTILE)
def test_no_name_can_break_a_chart(name):
    """Markup, control characters, what no font has, what never ends: drawn, and no warning."""
    for chart in charts_called(name):
        assert sheet([chart], ZONE).startswith(b"\x89PNG")


VALUE = st.floats(-1e12, 1e12) | st.sampled_from([0.0, 1e-300, 1e15, -1e15, 1e15])


@settings(max_examples=5, deadline=None)
@given(st.lists(VALUE, min_size=1, max_size=6), st.integers(0, 7_000_000_000))
def test_no_number_can_break_a_chart(values, second):
    """Tiny, huge, all the same, one alone: drawn."""
    ordered, n = tuple(sorted(values)), len(values)
    time = tuple(second * SECOND + i for i in range(n))
    value = tuple(values)
    each: list[ChartData] = [
        Curves(title="x", series=(Series(name="x", unit="", time=time, value=value),)),
        Bars(title="x", labels=("a",) * n, values=value),
        Bars(title="x", labels=("a",) * n, values=value, low=value, high=value),
        Distribution(title="x", spreads=(
            Spread(name="x", quantiles=(ordered[0], *ordered), mean=ordered[0], low=ordered[0],
                   high=ordered[-1], n=1),)),
        Waterfall(title="x", first="a", value=value[0], last="b",
                  steps=tuple(Step(label="s", value=v) for v in value)),
        Scatter(title="x", clouds=(Cloud(name="x", predicted=value, observed=value),)),
    ]  # fmt: skip
    for chart in each:
        assert sheet([chart], ZONE).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "chart",
    [
        Curves(title="x", series=()),
        Curves(title="x", series=(Series(name="x", unit="", time=(T0,), value=(None,)),)),
        Bars(title="x", labels=(), values=()),
        Distribution(title="x", spreads=()),
        Gantt(title="x", rows=(), spans=()),
        Waterfall(title="x", first="a", value=0.0, steps=(), last="b"),
        Scatter(title="x", clouds=()),
    ],
    ids=lambda chart: chart.kind,
)
def test_a_chart_of_nothing_says_so(chart):
    """An empty chart is drawn with its title and the reason, never as an error."""
    assert sheet([chart], ZONE).startswith(b"\x89PNG")


@pytest.mark.parametrize("time", [-1, 9_000_000_000 * SECOND, 2**62])
def test_a_time_that_no_axis_holds_is_refused(time):
    """With what is allowed."""
    curve = Series(name="x", unit="", time=(time,), value=(1.0,))
    with pytest.raises(BadInput, match="allowed: 0 to"):
        sheet([Curves(title="x", series=(curve,))], ZONE)


@pytest.mark.parametrize(
    "chart",
    [
        Bars(title="x", labels=("a",), values=(1e16,)),
        Waterfall(title="x", first="a", value=1.7e308, steps=(), last="b"),
        Scatter(title="x", clouds=(
            Cloud(name="x", predicted=(1e308,), observed=(-1e308,)),
        )),
    ],
    ids=lambda chart: chart.kind,
)  # fmt: skip
def test_a_number_that_no_axis_holds_is_refused(chart):
    """However deep it stands; with what is allowed."""
    with pytest.raises(BadInput, match="allowed: -1e15 to 1e15"):
        sheet([chart], ZONE)


def test_a_gap_is_not_bridged():
    """Where nothing was heard, no pixel has the curve's colour."""
    time = tuple(T0 + i * MINUTE for i in range(101))

    def columns_of(value):
        curve = Series(name="x", unit="", time=time, value=value)
        seen = pixels(sheet([Curves(title="x", series=(curve,))], ZONE)).astype(int)
        blue = (np.abs(seen - (0, 0x72, 0xB2)).sum(axis=2) < 60).any(axis=0)
        return np.flatnonzero(blue)

    whole = columns_of((5.0,) * 101)
    gap = columns_of((5.0,) * 30 + (None,) * 40 + (5.0,) * 31)
    assert np.diff(whole).max() == 1
    assert np.diff(gap).max() > 0.35 * (whole[-1] - whole[0])


def test_a_peak_of_one_row_stays_when_thousands_are_thinned():
    """And a gap of one row does; what is left is in order and little."""
    time = np.arange(100_000.0)
    value = np.sin(time / 5000)
    value[61_234], value[77_777] = 9.0, np.nan
    x, y, low = thinned(time, value, value - 1)
    assert len(x) < 2000
    assert (np.diff(x) > 0).all()
    assert 9.0 in y
    assert np.isnan(y).any()
    np.testing.assert_array_equal(low, y - 1)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.floats(3, 30), st.integers(1, 4))
def test_text_stays_in_its_room(text, width, lines):
    """No line is wider than it may be, none too many, and all of it can be written."""
    found = wrapped(text, width, lines).split("\n")
    assert len(found) <= lines
    assert all(wide(line) <= width for line in found)
    assert wide(cut(text, width)) <= width
    assert legible(legible(text)) == legible(text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 470), min_size=DOTS, max_size=DOTS))
def test_every_chance_is_one_dot_and_stacks_fit(places):
    """Twenty dots, each near its place, none above the row."""
    size, dots = stacked(sorted(places))
    assert len(dots) == DOTS
    assert all(0 < up <= 62.0 for _, up in dots)
    assert np.abs(np.array([x for x, _ in dots]) - np.sort(places)).max() <= size


def test_dots_stand_for_equal_shares_of_probability():
    """Of a uniform law they stand at its odd fortieths."""
    np.testing.assert_allclose(dots_of(tuple(np.linspace(0, 1, 21))), (np.arange(20) + 0.5) / 20)


@pytest.mark.parametrize(
    ("png", "says"),
    [(png_of(64, 48)[:60], "no PNG that can be read"), (png_of(5000, 1), "too much at once"),
     (b"\x89PNG\r\n\x1a\n", "too much at once")],
)  # fmt: skip
def test_a_picture_that_cannot_be_shown_is_refused(png, says):
    """Broken, or of more pixels than a camera has; it is not unpacked to find out."""
    with pytest.raises((BadInput, TooLarge), match=says):
        sheet([Picture(title="x", png=png)], ZONE)
