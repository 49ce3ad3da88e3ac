"""What the audit chain says of a state: only the newest record about it, and all of it."""

from twin_core.governance.attested import Stored, attestation, covers, doubt, newest
from twin_core.governance.audit import EMPTY, link
from twin_core.value import JSON

KEY = "locks/site"
OLD: JSON = {"locks": []}
NEW: JSON = {"locks": [{"asset": "site", "since": 1.5}]}


def chain(*entries):
    """Records of entries, in order."""
    head, records = EMPTY, []
    for kind, actor, subject, body in entries:
        record, _, head = link(head, at=0, kind=kind, actor=actor, subject=subject, body=body)
        records.append(record)
    return records


def test_only_the_newest_record_bears_a_state_out():
    """An earlier state, another one, another version or none at all is doubted, and named."""
    records = chain(
        attestation(KEY, OLD, 1), attestation("freeze/site", {}, 1), attestation(KEY, NEW, 2)
    )
    said = newest(records)[KEY]
    assert doubt(KEY, (NEW, 2), said) == ""
    others: tuple[Stored, ...] = ((OLD, 1), (OLD, 2), (NEW, 1), ({}, 3))
    for stored in others:
        assert doubt(KEY, stored, said) == f"the state of {KEY} is not what record 2 says"
    assert doubt(KEY, None, said) == f"the state of {KEY} is gone, and record 2 bears one out"
    assert doubt(KEY, (NEW, 2), None) == f"no record bears out the state of {KEY}"
    assert doubt(KEY, None, None) == ""


def test_another_kind_of_record_says_nothing_of_a_state():
    """Whoever may have something recorded about a key does not attest it thereby."""
    forged = chain(attestation(KEY, OLD, 1), ("locked", "ada", KEY, attestation(KEY, NEW, 2)[3]))
    assert newest(forged)[KEY].record == 0


def test_proposals_have_records_of_their_own():
    """Their law is the warrant."""
    assert covers(KEY)
    assert not covers("proposal/p-1")
