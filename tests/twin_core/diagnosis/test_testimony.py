from functools import cache
from itertools import combinations
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis import lines
from twin_core.diagnosis.diagnose import diagnose
from twin_core.diagnosis.excused import besides, stands
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.ranking import Suspect
from twin_core.diagnosis.reach import Reach
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.testimony import (
    AGREEING,
    DENIED,
    FAILURE,
    INSTRUMENT,
    MACHINE,
    MOST,
    heard,
    last_words,
    moved,
    names,
    weight,
)
from twin_core.diagnosis.window import cut
from twin_core.diagnosis.witness import CARRIED, meaning, worth
from twin_core.testimony.testimony import Testimony
from twin_core.value import SECOND

NORTH = "quay/hall/north"
DOSER, SEALER = f"{NORTH}/doser", f"{NORTH}/sealer"
MINUTE = 60 * SECOND
NOW = quay.START + 40 * MINUTE
NOTHING = Reach({}, frozenset(), frozenset(), frozenset())
NAMED, HERE = log(MACHINE * FAILURE), log(MACHINE / FAILURE)
CAP = 1.4 * log(MOST)


@cache
def snapshot(name):
    return quay.lived(
        {
            "slow": quay.Day(slow={SEALER: 0.6}),
            "well": quay.Day(),
            "stands": quay.Day(minor_stops=False, after=30.0, stops={DOSER: (3000.0, 400.0)}),
            "both stand": quay.Day(
                minor_stops=False,
                after=30.0,
                stops={DOSER: (3000.0, 400.0), SEALER: (3000.0, 400.0)},
            ),
            "stops often": quay.Day(
                seed=3, minor_stops=False, after=22.0, stops={DOSER: (30.0, 110.0)}
            ),
        }[name]
    )


def asked(name, *testimony, cases=()):
    return diagnose(snapshot(name), NORTH, 1200.0, 1, testimony, cases)


def said(kind, asset, *modes, who="Olga Berg", at=NOW, of=None, until=None, act=""):
    start = at if of is None else of
    return Testimony(
        kind=kind, asset=asset, modes=modes, act=act, words="so I say", who=who, said=at,
        start=start, end=start if until is None else until,
    )  # fmt: skip


def chance(diagnosis, asset, mode):
    return sum(
        c.probability for c in diagnosis.causes if (c.asset, c.failure_mode) == (asset, mode)
    )


def weigh(reports, asset, mode):
    kind = quay.plant().class_of(asset)
    return weight(reports, kind, Match(asset, mode, 0.0, (), (), (), 0.0, NOTHING))


def test_without_testimony_the_answer_is_as_it_was():
    """No word, no difference."""
    assert asked("slow") == diagnose(snapshot("slow"), NORTH, 1200.0, 1)


def test_a_cause_that_is_named_is_likelier_and_says_who_says_so():
    """It stands among the evidence for it, with name and time."""
    found = asked("slow", said("cause", SEALER, "belt_slips"))
    assert chance(found, SEALER, "belt_slips") > chance(asked("slow"), SEALER, "belt_slips")
    (told,) = [e for e in found.evidence if e.kind == "testimony"]
    assert told.id in found.causes[0].supports
    assert told.origin == "Olga Berg"
    assert "Olga Berg" in told.statement
    assert "09:40:00" in told.statement
    assert told.statement in found.summary


def test_a_cause_that_is_denied_is_less_likely_and_both_are_told():
    """The person is heard, and so is the measurement."""
    found = asked("slow", said("denied", SEALER, "belt_slips"))
    assert chance(found, SEALER, "belt_slips") < chance(asked("slow"), SEALER, "belt_slips")
    (told,) = [e for e in found.evidence if e.kind == "testimony"]
    assert told.id in found.causes[0].contradicts
    assert f"But {told.statement}" in found.summary
    assert "What was measured: Pace of North sealer is low" in found.summary


def test_false_testimony_does_not_hide_what_was_measured():
    """Three people name another machine and deny this one: it still comes first."""
    found = asked(
        "slow",
        said("cause", DOSER, "tubs_jam"),
        said("cause", DOSER, "tubs_jam", who="Erik Dahl"),
        said("denied", SEALER, who="Bo Lund"),
    )
    assert (found.causes[0].asset, found.causes[0].failure_mode) == (SEALER, "belt_slips")
    assert len(found.causes[0].contradicts) == 3


def test_words_alone_make_no_cause_where_the_line_runs_well():
    """A line that makes its rate is well, whatever is said; what was said is told."""
    found = asked("well", said("cause", SEALER, "belt_slips"), said("cause", SEALER, who="Bo Lund"))
    assert found.verdict == "normal"
    assert [e.origin for e in found.evidence if e.kind == "testimony"] == ["Bo Lund", "Olga Berg"]


def test_what_was_said_of_another_time_or_line_is_left_aside():
    """Before it began, it was about something else."""
    early = said("cause", DOSER, at=NOW - 25 * MINUTE)
    south = said("cause", "quay/hall/south/doser")
    assert asked("slow", early, south) == asked("slow")


def test_a_planned_act_explains_the_stand_of_that_machine():
    """The stop is nobody's failure; the answer says whose word that is, and how long it stood."""
    assert asked("stands").causes[0].asset == DOSER
    found = asked("stands", said("planned", DOSER, of=NOW - 8 * MINUTE, act="reel change"))
    assert found.verdict == "normal"
    assert "stood from 09:30:00 to 09:40:00: reel change, as Olga Berg says" in found.summary


def test_a_planned_act_excuses_no_machine_that_did_not_stand():
    """Said of another machine, it changes nothing but that it is told."""
    found = asked("stands", said("planned", SEALER, of=NOW - 8 * MINUTE, act="reel change"))
    plain = asked("stands")
    assert [(c.asset, c.probability) for c in found.causes] == [
        (c.asset, c.probability) for c in plain.causes
    ]
    assert "reel change" in found.summary


def test_a_planned_act_excuses_its_own_machine_alone():
    """What another machine stopped by itself at the same time is left, and is the cause."""
    found = asked("both stand", said("planned", DOSER, act="reel change"))
    assert "North doser stood from 09:30:00" in found.summary
    assert (found.verdict, found.causes[0].asset) == ("cause", SEALER)
    assert DOSER not in {c.asset for c in found.causes}


def test_another_machine_that_stopped_is_seen_beside_a_planned_act():
    """Where the planned one is the only one that stopped, there is none."""
    act = said("planned", DOSER, act="reel change")
    for name, beside in (("both stand", True), ("stands", False)):
        window, line = cut(snapshot(name)), quay.plant().line(NORTH)
        stood, used = stands(window, [act])
        assert used == [act]
        assert besides(window, line, stood, NOW - 20 * MINUTE) is beside


def test_a_planned_act_excuses_the_stop_of_its_time_alone():
    """Of a machine that stops again and again one stop is planned: that which goes on."""
    found = asked(
        "stops often", *[said("planned", DOSER, act="reel change", at=NOW - k) for k in range(9)]
    )
    assert found.summary.count("stood from") == 1
    assert "stood from 09:38:40" in found.summary
    assert (found.verdict, found.causes[0].asset) == ("cause", DOSER)
    early = asked("stops often", said("planned", DOSER, act="reel change", of=NOW - 16 * MINUTE))
    assert "stood from 09:22:20" in early.summary


def test_a_stop_that_outlasts_what_was_planned_is_planned_no_longer():
    """Of ten minutes two were planned: the rest is a stop of its own."""
    found = asked(
        "stands", said("planned", DOSER, of=NOW - 10 * MINUTE, until=NOW - 8 * MINUTE, act="break")
    )
    assert "stood from 09:30:00 to 09:34:00: break" in found.summary
    assert found.verdict != "normal"


def test_the_last_word_of_a_person_counts_once():
    """Said five times it is one report; taken back it is a denial."""
    mode = quay.plant().class_of(SEALER).failure_mode("belt_slips")
    again = [said("cause", SEALER, "belt_slips", at=NOW + k) for k in range(5)]
    back = said("denied", SEALER, "belt_slips", at=NOW + 9)
    assert weigh(again, SEALER, mode) == NAMED
    assert weigh([*again, back], SEALER, mode) == log(DENIED)


def test_sixty_reports_of_one_person_are_one_voice():
    """The answer is as long as by his last word, whatever he repeats, and so is what it weighs."""
    words = [
        said(kind, SEALER, "belt_slips", at=NOW - 60 * SECOND + k * SECOND, act=act)
        for k, (kind, act) in enumerate([("denied", ""), ("cause", ""), ("planned", "break")] * 20)
    ]
    found, last = asked("slow", *words), asked("slow", *words[-3:])
    assert found == last
    assert len([e for e in found.evidence if e.kind == "testimony"]) == 3


def test_a_stand_is_told_once_a_person():
    """Sixty reports of one planned stand: the last says why; two stands keep their two reasons."""
    words = [
        said("planned", DOSER, at=NOW + k, of=NOW - 8 * MINUTE, act=act)
        for k, act in enumerate(["cleaning"] * 59 + ["reel change"])
    ]
    found = asked("stands", *words)
    assert found.verdict == "normal"
    assert found.summary.count("stood from") == 1
    assert "reel change, as Olga Berg says" in found.summary


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("cause", "cleared", "denied", "noted")),
            st.sampled_from((DOSER, SEALER)),
            st.sampled_from(((), ("belt_slips",), ("tubs_jam",))),
            st.sampled_from(("Olga Berg", "Bo Lund")),
            st.integers(0, 9),
        ),
        max_size=40,
    )
)
def test_of_each_person_asset_and_kind_one_report_is_left(words):
    """The last; of what it was not one for each mode. Nobody falls silent; twice is as once."""
    given_ = [said(k, a, *m, who=w, at=NOW + t) for k, a, m, w, t in words]
    left = last_words(given_)
    voices = [(x.who, x.asset, x.kind, x.modes if x.kind == "denied" else ()) for x in left]
    assert len(set(voices)) == len(voices)
    assert {v[:3] for v in voices} == {(x.who, x.asset, x.kind) for x in given_}
    for one in left:
        assert all(
            x.said <= one.said for x in given_ if (x.who, x.asset, x.kind, x.modes)
            == (one.who, one.asset, one.kind, one.modes)
        )  # fmt: skip
    assert last_words(left) == left


def test_whoever_names_a_time_means_that_time():
    """Said later without a time, it is of the case; of a time after what was asked, it is not."""
    later = NOW + 20 * MINUTE
    assert asked("slow", said("cause", DOSER, at=later)) != asked("slow")
    assert asked("slow", said("cause", DOSER, at=later, of=later - MINUTE)) == asked("slow")


def test_a_machine_of_another_line_is_not_spoken_of_beside_this_one():
    """Only what could trouble the line is: its machines and its supplies, not who draws from them.

    Both lines of the quay draw from one header: a word about the other's machine is of its case.
    """
    south = said("cause", "quay/hall/south/washer"), said("planned", "quay/hall/south/boxer")
    assert asked("slow", *south) == asked("slow")
    pump = asked("slow", said("cause", "quay/cellar/vacuum/pump_1"))
    assert [e.subject for e in pump.evidence if e.kind == "testimony"] == [
        "quay/cellar/vacuum/pump_1"
    ]


def test_people_who_contradict_each_other_weigh_little():
    """One names it, one denies it: less than either alone."""
    mode = quay.plant().class_of(SEALER).failure_mode("belt_slips")
    both = [said("cause", SEALER, "belt_slips"), said("denied", SEALER, "belt_slips", who="Bo")]
    assert 0 < weigh(both, SEALER, mode) < NAMED


def test_who_names_a_machine_alone_says_nothing_of_what_it_is():
    """All that may be the matter there is meant alike; “it is fine” is not said of its sensors."""
    kind = quay.plant().class_of(SEALER)
    sensor = next(m for m in kind.failure_modes if m.sensor)
    other = next(m for m in kind.failure_modes if not m.sensor)
    assert weigh([said("cause", SEALER)], SEALER, sensor) == log(MACHINE)
    assert weigh([said("cause", SEALER)], SEALER, other) == log(MACHINE)
    assert weigh([said("denied", SEALER)], SEALER, sensor) == 0.0
    assert weigh([said("cause", SEALER, other.id)], SEALER, sensor) == 0.0
    assert weigh([said("cause", SEALER, sensor.id)], SEALER, sensor) == log(INSTRUMENT)
    assert weigh([said("cause", SEALER, sensor.id)], SEALER, other) == 0.0


@given(st.lists(st.sampled_from(["cause", "denied", "cleared"]), max_size=30))
def test_many_people_weigh_no_more_than_the_cap(kinds):
    """However many say so."""
    mode = quay.plant().class_of(SEALER).failure_modes[0]
    told = [said(kind, SEALER, who=f"person {i}") for i, kind in enumerate(kinds)]
    assert abs(weigh(told, SEALER, mode)) <= log(MOST)


def sign(point, strength):
    return Sign(point, "low", strength, 1.0, 0.5, "1", NOW, 10.0)


@st.composite
def suspects(draw):
    """Matches of any scores, each showing any of a few points; the loss starts anywhere."""
    points = [f"{NORTH}/m{i}/{p}" for i in range(3) for p in ("p", "q")]
    signs = {p: sign(p, draw(st.sampled_from([0.3, 0.6, 0.95]))) for p in points}
    found = []
    for i in range(draw(st.integers(1, 6))):
        own = draw(st.sets(st.sampled_from(points)))
        seen = tuple((signs[p], draw(st.floats(0.1, 4.0))) for p in sorted(own))
        score, loses = draw(st.floats(-8.0, 12.0)), draw(st.sampled_from((0.0, 0.5, 1.0)))
        match = Match(f"{NORTH}/m{i}", None, score, seen, (), (), loses, NOTHING)
        found.append(Suspect(match, None, score))
    return found


def agree(one, other):
    """Two strong signs on two points that show one, or one and the loss; and not both the other."""
    mine = {s.point for s, worth in one.match.seen if s.strength > 0.5 and worth > 0.2}
    theirs = {s.point for s, worth in other.match.seen if worth > 0.2}
    starts = one.match.loses == 1.0 and other.match.loses == 0.0
    own = {point for point in mine if point.startswith(f"{one.match.asset}/")}
    home = len(own) >= AGREEING and bool(own - theirs)
    return home or len(mine - theirs) + starts >= AGREEING


@given(suspects(), st.data())
@settings(max_examples=300)
def test_testimony_alone_never_overturns_two_agreeing_measurements(found, data):
    """Whatever is said: who comes first by two measurements comes first."""
    said_of = [data.draw(st.floats(-CAP, CAP)) for _ in found]
    after = sorted(moved(found, said_of), key=lambda s: -s.score)
    place = {s.match.asset: k for k, s in enumerate(after)}
    for one in found:
        for other in found:
            if one.score > other.score + 1e-4 and agree(one, other):
                assert place[one.match.asset] < place[other.match.asset]


@cache
def loss():
    """What the north line loses where its sealer is slow."""
    window = cut(snapshot("slow"))
    return lines.weigh(window, quay.plant().line(NORTH), NOW - 20 * MINUTE)


def quay_matches():
    """Modes of the two machines, each shown by any of the points of its own machine."""
    found = []
    for asset in (SEALER, DOSER):
        modes = [m for m in quay.plant().class_of(asset).failure_modes if not m.sensor][:4]
        points = [sign(f"{asset}/{p}", 0.9) for p in ("pace", "heat", "pull")]
        found += [(asset, mode, points) for mode in modes]
    return found


@st.composite
def measured(draw):
    """Suspects of the quay by measurements, of any scores and any signs of their own assets."""
    some = []
    for asset, mode, points in quay_matches():
        own = draw(st.lists(st.sampled_from(points), unique_by=lambda s: s.point))
        score = draw(st.floats(-4.0, 15.0))
        seen = tuple((one, 2.0) for one in own)
        some.append(Match(asset, mode, score, seen, (), (), 0.0, NOTHING))
    return some


def words_of_the_quay():
    """Any words of any of a few persons about either machine and any of its failures."""
    named = [(asset, mode.id) for asset, mode, _ in quay_matches()]
    return st.builds(
        lambda kind, of, whole, who, at: said(
            kind, of[0], *(() if whole else (of[1],)), who=f"person {who}", at=NOW + at
        ),
        st.sampled_from(("cause", "cleared", "denied")), st.sampled_from(named), st.booleans(),
        st.integers(0, 40), st.integers(0, 9),
    )  # fmt: skip


@settings(max_examples=300)
@given(measured(), st.lists(words_of_the_quay(), max_size=80))
def test_no_number_of_reports_takes_first_place_from_what_two_measurements_show(found, words):
    """Only what each of them shows as well may come before it."""
    suspects_ = [Suspect(one, None, one.score) for one in found]
    first = max(suspects_, key=lambda one: one.score)
    seen = {s.point for s, _ in first.match.seen}
    after = heard(suspects_, found, words, quay.plant(), loss(), 2.0)
    best = max(after, key=lambda one: one.score)
    alike = seen <= {s.point for s, _ in best.match.seen}
    ties = any(first.score - one.score < 1e-4 for one in suspects_ if one is not first)
    if len(seen) >= AGREEING and not ties:
        assert alike or best.match is first.match


def test_twenty_reports_of_one_person_do_not_overturn_two_measurements():
    """What shows itself by one of the two alone stays behind, whatever he names and denies."""
    cups = quay.plant().class_of(SEALER)
    modes = [m for m in cups.failure_modes if not m.sensor][:2]
    both = tuple((sign(f"{SEALER}/{p}", 1.0), 4.0) for p in ("pace", "heat"))
    found = [
        Match(SEALER, modes[0], 9.0, both, (), (), 0.0, NOTHING),
        Match(SEALER, modes[1], 4.0, both[:1], (), (), 0.0, NOTHING),
    ]
    words = [said("denied", SEALER, modes[0].id, who=f"person {i}") for i in range(10)]
    words += [said("cause", SEALER, modes[1].id, who=f"person {i}") for i in range(10)]
    words += [said("cause", SEALER, modes[1].id, at=NOW + i) for i in range(20)]
    suspects_ = [Suspect(one, None, one.score) for one in found]
    right, wrong = heard(suspects_, found, words, quay.plant(), loss(), 2.0)
    assert right.score > wrong.score
    assert right.score > 2.0


@given(st.integers(1, 30))
def test_who_names_many_machines_is_worth_no_more_than_who_names_one(many):
    """What it multiplies the odds by is shared among them."""
    mode = quay.plant().class_of(SEALER).failure_mode("belt_slips")
    others = [said("cause", f"{NORTH}/other_{i}") for i in range(many - 1)]
    told = weigh([said("cause", SEALER, "belt_slips"), *others], SEALER, mode)
    assert told == pytest.approx(max(0.0, NAMED - log(many)))


def test_a_report_stands_for_what_it_names_alone():
    """Not for another failure of that machine, which is only somewhat likelier by it."""
    words = said("cause", SEALER, "belt_slips")
    kind = quay.plant().class_of(SEALER)
    other = next(m for m in kind.failure_modes if not m.sensor and m.id != "belt_slips")
    assert names(words, SEALER, kind.failure_mode("belt_slips"))
    assert not names(words, SEALER, other)
    assert names(said("cause", SEALER), SEALER, other)
    found = asked("slow", said("cause", SEALER, other.id))
    (told,) = [e for e in found.evidence if e.kind == "testimony"]
    for cause in found.causes:
        named = (cause.asset, cause.failure_mode) == (SEALER, other.id)
        assert (told.id in cause.supports) is named
    assert told.id in found.causes[0].contradicts


@given(suspects(), st.data())
def test_a_word_moves_what_it_names_in_its_own_direction(found, data):
    """It never makes less likely what it names, nor likelier what it denies."""
    said_of = [data.draw(st.floats(-CAP, CAP)) for _ in found]
    after = {s.match.asset: s.score for s in moved(found, said_of)}
    for one, ratio in zip(found, said_of, strict=True):
        gained = after[one.match.asset] - one.score
        assert abs(gained) <= abs(ratio) + 1e-9
        assert gained * ratio >= 0


def test_where_measurements_leave_it_open_the_word_decides():
    """Two suspects that show the same, a little apart: the one named comes first."""
    seen = ((sign(f"{SEALER}/pace", 0.9), 2.0),)
    one = Suspect(Match("a", None, 3.0, seen, (), (), 0.0, NOTHING), None, 3.0)
    other = Suspect(Match("b", None, 2.0, seen, (), (), 0.0, NOTHING), None, 2.0)
    after = moved([one, other], [0.0, NAMED])
    assert after[1].score > after[0].score


def test_a_report_that_ends_before_it_begins_is_refused():
    """As is one of a cause about nothing."""
    with pytest.raises(ValueError, match="ends before"):
        said("cause", SEALER, of=NOW, until=NOW - 1)
    with pytest.raises(ValueError, match="about no asset"):
        said("cause", None)


def reports():
    """What people may say of the slow line: of its machines, of others, of any time."""
    assets = (DOSER, SEALER, "quay/cellar/vacuum/pump_1", "quay/hall/south/sealer")
    return st.builds(
        lambda kind, asset, mode, who, ago: said(
            kind, asset, *mode, who=who, at=NOW - ago * MINUTE
        ),
        st.sampled_from(("cause", "cleared", "denied", "noted")), st.sampled_from(assets),
        st.sampled_from(((), ("tubs_jam",), ("belt_slips",))),
        st.sampled_from(("Olga Berg", "Bo Lund", "Erik Dahl")), st.integers(0, 20),
    )  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(st.lists(reports(), min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_reports_is_nothing_and_what_is_repeated_is_said_once(words, lot):
    """Whole answers are the same, however reports come and how often."""
    mixed = [*words, *words]
    lot.shuffle(mixed)
    assert asked("slow", *mixed) == asked("slow", *words)


@settings(max_examples=1000)
@given(st.lists(reports(), max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_reports_changes_no_weight(words, lot):
    """Nor does any report said twice."""
    mixed = [*words, *words]
    lot.shuffle(mixed)
    for mode in quay.plant().class_of(SEALER).failure_modes:
        assert weigh(mixed, SEALER, mode) == weigh(words, SEALER, mode)
    assert last_words(mixed) == last_words(words)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sampled_from(("cause", "denied", "planned", "cleared")), max_size=9))
def test_a_report_of_another_line_changes_nothing(kinds):
    """Whatever it says of the machine of the same name there."""
    south = [
        said(kind, "quay/hall/south/sealer", who=f"person {i}", act="cleaning")
        for i, kind in enumerate(kinds)
    ]
    assert asked("slow", *south) == asked("slow")


def test_however_many_repeat_what_is_wrong_two_measurements_stand():
    """Ten who name the doser and deny the sealer: the sealer comes first, and is a cause."""
    words = [said("cause", DOSER, "tubs_jam", who=f"person {i}") for i in range(10)]
    words += [said("denied", SEALER, who=f"person {i}") for i in range(10, 20)]
    found = asked("slow", *words)
    assert (found.verdict, found.causes[0].asset) == ("cause", SEALER)


def test_independent_persons_multiply_up_to_the_cap():
    """Two are worth the product of what each is."""
    kind = quay.plant().class_of(SEALER)
    mode = kind.failure_mode("belt_slips")
    words = [said("denied", SEALER, who=who) for who in ("Olga Berg", "Bo Lund", "Erik Dahl")]
    assert weigh(words, SEALER, mode) == pytest.approx(3 * log(DENIED))
    named = [said("cause", SEALER, "belt_slips", who=who) for who in ("Olga Berg", "Bo Lund")]
    assert weigh(named, SEALER, mode) == log(MOST)


def test_a_suspect_that_two_measurements_show_is_not_denied_away():
    """It stays before “nothing” too; one that a single point shows does not."""
    signs = [(sign(f"{SEALER}/{p}", 0.9), 2.0) for p in ("pace", "heat")]
    two = Suspect(Match("a", None, 3.0, tuple(signs), (), (), 0.0, NOTHING), None, 3.0)
    one = Suspect(Match("b", None, 3.0, tuple(signs[:1]), (), (), 0.0, NOTHING), None, 3.0)
    after = moved([two, one], [-CAP, -CAP], nothing=2.0)
    assert after[0].score > 2.0 > after[1].score


def test_a_diagnosis_carries_a_few_reports_and_says_how_many_more():
    """Sixty of one person, each about something else: what is carried is bounded, and told."""
    modes = [m.id for a in (SEALER, DOSER) for m in quay.plant().class_of(a).failure_modes]
    words = [
        said("denied", asset, *chosen, at=NOW - k * SECOND)
        for k, (asset, chosen) in enumerate(
            (a, c) for a in (SEALER, DOSER) for c in combinations(modes, 2)
        )
    ][:60]
    found = asked("slow", *words)
    told = [e for e in found.evidence if e.kind == "testimony"]
    assert len(told) == CARRIED
    assert f"{len(last_words(words)) - 4} more reports of this time are kept." in found.summary
    plain = len(asked("slow").model_dump_json())
    assert len(found.model_dump_json()) < plain + 12_000


def test_what_was_put_right_before_it_began_was_another_case():
    """And what was put right after it began is of it, told a while later or asked of earlier."""
    (loss,) = [e for e in asked("slow").evidence if e.kind == "indicator"]
    onset = loss.data["onset"] - loss.data["onset_s"] * SECOND
    before = said("cleared", SEALER, of=onset - SECOND)
    assert asked("slow", before) == asked("slow")
    after = said("cleared", SEALER, "belt_slips", of=NOW - 2 * MINUTE)
    assert chance(asked("slow", after), SEALER, "belt_slips") > chance(
        asked("slow"), SEALER, "belt_slips"
    )
    later = said("cleared", SEALER, "belt_slips", at=NOW + 20 * MINUTE, of=NOW + 10 * MINUTE)
    assert asked("slow", later) != asked("slow")


def test_what_is_said_of_an_instrument_is_told_as_such():
    """And says nothing of the process at that machine."""
    kind = quay.plant().class_of(SEALER)
    sensor = next(m.id for m in kind.failure_modes if m.sensor)
    words = said("cause", SEALER, sensor)
    assert meaning(words, quay.plant()).startswith("instrument not to be believed: ")
    assert weigh([words], SEALER, kind.failure_mode("belt_slips")) == 0.0
    assert "multiplies the odds by 10;" in worth(words, quay.plant())


@pytest.mark.parametrize(
    ("kind", "modes", "says"),
    [
        ("cause", ("belt_slips",), "multiplies the odds by 64;"),
        ("cause", (), "multiplies the odds of whatever is the matter there by 16;"),
        ("denied", (), "divides the odds of that by 3;"),
        ("noted", (), "weighs nothing"),
        ("planned", (), "explains a stop of North sealer"),
    ],
)
def test_what_a_report_is_worth_is_said(kind, modes, says):
    """In the numbers that the weighing uses."""
    assert says in worth(said(kind, SEALER, *modes, act="cleaning"), quay.plant())
