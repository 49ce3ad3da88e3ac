"""Whatever is done to a witnessed chain, it is found, and between which indices it was done."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from twin_core.canonical import canonical
from twin_core.errors import ChainBroken
from twin_core.governance import audit

FIELDS = ("index", "at", "kind", "actor", "subject", "body", "previous")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
VALUES = {
    "index": st.integers(0, 20),
    "at": st.integers(0, 2_000),
    "kind": TEXT,
    "actor": TEXT,
    "subject": TEXT,
    "body": st.dictionaries(TEXT, st.integers(0, 3) | TEXT, max_size=2),
    "previous": st.sampled_from([audit.GENESIS, "f" * 64]),
}


def relinked(records):
    """The chain that somebody makes of these records who can write all of it."""
    head, rows = audit.EMPTY, []
    for one in records:
        _, row, head = audit.link(
            head, at=one.at, kind=one.kind, actor=one.actor, subject=one.subject, body=one.body
        )
        rows.append(row)
    return rows


@st.composite
def chains(draw):
    """Bytes of a chain, and the heads of some of its places, one at least."""
    bodies = draw(st.lists(VALUES["body"], min_size=2, max_size=9))
    rows, heads, head = [], [], audit.EMPTY
    for i, body in enumerate(bodies):
        _, row, head = audit.link(
            head, at=1_000 + i, kind=draw(TEXT), actor=draw(TEXT), subject="s", body=body
        )
        rows.append(row)
        heads.append(head)
    kept = draw(st.lists(st.sampled_from(heads), min_size=1, unique=True))
    return rows, sorted(kept, key=lambda head: head.count)


@st.composite
def tampered(draw, rows):
    """The same chain after somebody was at it."""
    records, at = [audit.read(row) for row in rows], draw(st.integers(0, len(rows) - 1))
    how = draw(st.sampled_from(["edit", "insert", "delete", "move", "cut", "garble"]))
    if how == "garble":
        place = draw(st.integers(0, len(rows[at]) - 1))
        byte = bytes([rows[at][place] ^ draw(st.integers(1, 255))])
        return [*rows[:at], rows[at][:place] + byte + rows[at][place + 1 :], *rows[at + 1 :]]
    if how == "edit":
        field = draw(st.sampled_from(FIELDS))
        records[at] = records[at].model_copy(update={field: draw(VALUES[field])})
    elif how == "insert":
        records.insert(at, records[draw(st.integers(0, len(rows) - 1))])
    elif how == "delete":
        del records[at]
    elif how == "move":
        records.insert(draw(st.integers(0, len(rows) - 1)), records.pop(at))
    else:
        del records[at:]
    return relinked(records) if draw(st.booleans()) else [canonical(one) for one in records]


@pytest.mark.catches("a checkpoint is compared with the end of the chain alone")
@given(chains(), st.data())
def test_f67_f68_nothing_witnessed_can_be_changed_unseen(chain, data):
    """A change before the last checkpoint is named between itself and the next checkpoint."""
    rows, heads = chain
    assert audit.verify(rows, heads=heads, deep=True).count == len(rows)
    changed = data.draw(tampered(rows))
    pairs = enumerate(zip(rows, changed, strict=False))
    first = next((i for i, (old, new) in pairs if old != new), min(len(rows), len(changed)))
    assume(first < heads[-1].count)
    following = next(head.count for head in heads if head.count > first)
    with pytest.raises(ChainBroken) as broken:
        audit.verify(changed, heads=heads)
    assert first <= broken.value.index < max(following, first + 1)


@given(chains(), st.data())
def test_a_part_between_two_checkpoints_proves_its_records(chain, data):
    """Records and the two heads around them are a proof: of them, and of nothing else."""
    rows, heads = chain
    start, end = (0, *(head.count for head in heads))[-2:]
    after = audit.verify(rows[:start])
    assert audit.verify(rows[start:end], after, heads).count == end
    changed = data.draw(tampered(rows[start:end]))
    assume(changed[: end - start] != rows[start:end])  # what is put behind is not witnessed
    with pytest.raises(ChainBroken):
        audit.verify(changed, after, heads)
