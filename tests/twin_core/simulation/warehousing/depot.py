"""A small warehouse for tests: named goods at named places, orders in a few words."""

from hypothesis import strategies as st

from twin_core.plant.warehouse import (
    Article,
    Layout,
    Line,
    PickOrder,
    Slot,
    Warehouse,
)


def article(name, mass_kg=1.0):
    """A box of a litre."""
    return Article(id=name, length_m=0.1, width_m=0.1, height_m=0.1, mass_kg=mass_kg)


def stored(layout, mass_kg=None, **faces):
    """A warehouse from article → (aisle, bay[, side[, level]]) or a list of them."""
    lies = {
        name: tuple(
            Slot(**dict(zip(("aisle", "bay", "side", "level"), at, strict=False)))
            for at in (where if isinstance(where, list) else [where])
        )
        for name, where in faces.items()
    }
    mass = mass_kg or {}
    articles = tuple(article(name, mass.get(name, 1.0)) for name in faces)
    return Warehouse(layout=layout, articles=articles, faces=lies)


def order(name, *wants, at=0.0, due=3600.0, quantity=1):
    """An order of one unit each."""
    lines = tuple(Line(article=w, quantity=quantity) for w in wants)
    return PickOrder(id=name, lines=lines, arrival_s=at, due_s=due)


@st.composite
def layouts(draw, crossings=False):
    """Layouts of one block, or of several."""
    bays = draw(st.integers(2 if crossings else 1, 12))
    cuts = draw(st.sets(st.integers(1, bays - 1), min_size=1, max_size=3)) if crossings else ()
    aisles = draw(st.integers(1, 6))
    return Layout(
        aisles=aisles,
        bays=bays,
        bay_m=draw(st.sampled_from([0.7, 1.0, 3.0])),
        gap_m=draw(st.sampled_from([2.0, 4.0, 9.0])),
        crossings=tuple(sorted(cuts)),
        depot=draw(st.integers(0, aisles - 1)),
    )


@st.composite
def floors(draw, crossings=False):
    """A layout and up to seven places in it."""
    layout = draw(layouts(crossings))
    bays = st.integers(0, layout.bays - 1).map(layout.y)
    places = st.tuples(st.integers(0, layout.aisles - 1), bays)
    return layout, draw(st.sets(places, min_size=1, max_size=7))
