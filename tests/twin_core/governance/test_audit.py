"""The audit chain: any change of any record is found, and the index is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.canonical import canonical
from twin_core.errors import ChainBroken, NotCanonical
from twin_core.governance import audit

SIMPLE = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text())
BODY = st.dictionaries(st.text(max_size=6), SIMPLE, max_size=3)


def chain(bodies, start=1_000):
    """Records, bytes and head of a chain with these bodies."""
    head, stored, records = audit.EMPTY, [], []
    for i, body in enumerate(bodies):
        record, row, head = audit.link(
            head, at=start + i, kind="kind", actor="ada", subject=f"p-{i}", body=body
        )
        records.append(record)
        stored.append(row)
    return records, stored, head


def columns(record):
    return (record.index, record.at, record.kind, record.actor, record.subject)


def test_the_first_record_follows_sixty_four_zeros():
    """The chain begins at index 0 with 64 zeros before it."""
    records, stored, head = chain([{"n": 1}])
    assert records[0].previous == "0" * 64
    assert stored[0] == canonical(records[0])
    assert head == audit.Head(count=1, digest=audit.hashed(stored[0]), at=1_000)


def test_golden_bytes():
    """One record has these bytes and this hash on every machine."""
    _, stored, head = chain([{"b": 1.0, "a": "é"}], start=5)
    assert stored[0] == (
        b'\x01{"actor":"ada","at":5,"body":{"a":"\xc3\xa9","b":1},"index":0,"kind":"kind",'
        b'"previous":"' + b"0" * 64 + b'","subject":"p-0"}'
    )
    assert head.digest == "7df517f3893f4215b1f49561de6004aaa6b67fe8fcfa777ff566da7694b6ab72"


@given(st.lists(BODY, max_size=8))
def test_what_was_linked_verifies(bodies):
    """A chain as it was made verifies, whole and from any head on, and reads back the same."""
    records, stored, head = chain(bodies)
    assert audit.verify(stored).digest == head.digest
    assert [audit.read(row) for row in stored] == records
    assert audit.verify(stored, columns=map(columns, records), deep=True) == head
    for cut in range(len(stored)):
        middle = audit.verify(stored[:cut])
        assert audit.verify(stored[cut:], after=middle, heads=[head, middle]) == head


@pytest.mark.catches("verify skips the comparison with the previous hash")
@given(st.lists(BODY, min_size=3, max_size=8), st.data())
def test_f67_a_row_edited_deleted_or_reordered_is_named(bodies, data):
    """A row edited, deleted or moved: the verifier names the first index that does not hold."""
    records, stored, head = chain(bodies)
    at = data.draw(st.integers(0, len(stored) - 2))
    edited = records[at].model_copy(update={"actor": records[at].actor + "x"})
    cases = {
        "edited": ([*stored[:at], canonical(edited), *stored[at + 1 :]], at + 1),
        "deleted": ([*stored[:at], *stored[at + 1 :]], at),
        "reordered": ([*stored[:at], stored[at + 1], stored[at], *stored[at + 2 :]], at),
        "inserted": ([*stored[:at], stored[at], *stored[at:]], at + 1),
    }
    for rows, index in cases.values():
        with pytest.raises(ChainBroken) as broken:
            audit.verify(rows, heads=[head])
        assert broken.value.index == index


def test_the_newest_record_is_protected_by_its_head():
    """An edit of the last record is found by the head that was kept, not by the chain alone."""
    records, stored, head = chain([{}, {}, {}])
    forged = [*stored[:2], canonical(records[2].model_copy(update={"actor": "eve"}))]
    with pytest.raises(ChainBroken) as broken:
        audit.verify(forged, heads=[head])
    assert broken.value.index == 2


@pytest.mark.catches("verify ignores heads beyond the end")
def test_a_cut_tail_is_found_by_a_head_kept_elsewhere():
    """Records behind a witnessed head that are gone are missed, with the index of the gap."""
    _, stored, head = chain([{}, {}, {}, {}])
    with pytest.raises(ChainBroken) as broken:
        audit.verify(stored[:2], heads=[head])
    assert broken.value.index == 2


def test_columns_that_disagree_with_the_bytes_are_found():
    """A column changed beside unchanged bytes is named by its index."""
    records, stored, _ = chain([{}, {}, {}])
    records[1] = records[1].model_copy(update={"subject": "p-9"})
    with pytest.raises(ChainBroken) as broken:
        audit.verify(stored, columns=map(columns, records))
    assert broken.value.index == 1


@pytest.mark.parametrize(
    "row", [b"", b"{}", b"\x01{", b"\x01[]", b"\x02{}", b"\x01{}", b'\x01{"index":0}']
)
def test_bytes_that_are_no_record_are_named(row):
    """Whatever stands in the place of a record is one clear error, never a traceback."""
    with pytest.raises(ChainBroken) as broken:
        audit.verify([row])
    assert broken.value.index == 0
    with pytest.raises(ChainBroken):
        audit.read(row)


def test_time_in_the_chain_never_runs_backwards():
    """A record made while the host clock was set back carries the time of the one before."""
    _, _, head = audit.link(audit.EMPTY, at=2_000, kind="a", actor="x", subject="y", body={})
    record, _, _ = audit.link(head, at=1_000, kind="b", actor="x", subject="y", body={})
    assert record.at == 2_000


def test_what_has_no_canonical_form_is_refused():
    """A NaN never enters the chain."""
    with pytest.raises(NotCanonical):
        audit.link(audit.EMPTY, at=1, kind="a", actor="x", subject="y", body={"v": float("nan")})
