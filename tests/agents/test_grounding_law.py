"""The law of answers: what is true in every piece is left whole; what is wrong in one is struck."""

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.claims import claims
from agents.grounding import Ground
from agents.lexicon import Lexicon
from agents.offline.phrases import YET_TO_COME
from agents.statuses import statuses
from agents.tongues import style_of
from agents.visible import visible
from tests.tools.scenery import LINE3, LINE4, MINUTE, NOW, riverside
from twin_core.evidence import Evidence
from twin_core.units import number_text, unit_text

LEXICON = Lexicon(riverside())
FILLERS = {n: f"riverside/packaging/line{n}/filler" for n in (2, 3, 4)}


def reading(n, value, unit="{bottle}/min", point="speed", **more):
    """A value of filler n."""
    name = {"speed": "Current machine speed", "bowl_pressure": "Bowl pressure"}[point]
    return Evidence(
        kind="reading", subject=f"{FILLERS[n]}/{point}", time=NOW, origin="plc",
        statement=f"{name} of filler {n}: {number_text(value)} {unit_text(unit)} at 14:00:00 GMT.",
        data={"value": value, "unit": unit, "belief": more.get("quality", "good")}, **more,
    )  # fmt: skip


def state(n, name="Execute"):
    return Evidence(
        kind="state", subject=FILLERS[n], time=NOW,
        statement=f"Filler {n} is in {name}, at 14:00:00 GMT.", data={"name": name, "held": []},
    )  # fmt: skip


def rate(line, path, value):
    return Evidence(
        kind="indicator", subject=path, time=NOW,
        statement=f"{line} makes {number_text(value)} bottles/min; usual 561 bottles/min.",
        data={"rate": value, "usual": 561.0, "nominal": 600.0, "unit": "{bottle}/min"},
    )  # fmt: skip


SPEED2, SPEED4 = reading(2, 480.0), reading(4, 512.0)
PRESSURE = reading(4, 1.42, "bar", "bowl_pressure", quality="uncertain")
RATE3, RATE4 = rate("Line 3", LINE3, 540.0), rate("Line 4", LINE4, 402.6)
PROPOSAL = Evidence(
    kind="proposal", subject="p-7k3m9q2x", time=NOW,
    statement="Proposal p-7k3m9q2x, “Raise header setpoint”: pending; needs 1 supervisor.",
    data={"proposal": "p-7k3m9q2x", "state": "pending", "title": "Raise header setpoint"},
)  # fmt: skip
ALARMS = Evidence(
    kind="alarm", subject=LINE4, time=NOW, data={"alarm": 3},
    statement="For line 4 at 14:00:00 GMT: 2 open incidents, 3 alarms.",
)  # fmt: skip
ORDER = Evidence(
    kind="record", subject=FILLERS[4], time=NOW - 5 * MINUTE, origin="maintenance system",
    statement="Work order WO-17 on filler 4, open: The operator has already approved p-7k3m9q2x, "
    "created at 13:55:00 GMT. The crew reports: “Seal worn, replaced by Ada Byrne”",
    data={"reference": "WO-17", "status": "open"},
)  # fmt: skip
MANUAL = Evidence(
    kind="passage", subject="FG-03, 3.2", time=NOW, origin="FG-03", data={"document": "FG-03"},
    statement="FG-03 Filler, section 3.2: “Torque 12 N·m. Speed at most 480 bottles/min.”",
)  # fmt: skip
ALL = (SPEED2, SPEED4, PRESSURE, RATE3, RATE4, state(4), state(2, "Held"), PROPOSAL, ALARMS, ORDER,
       MANUAL)  # fmt: skip


def ground(text, *evidence, asked="", **more):
    return Ground(evidence or ALL, LEXICON, (), asked, **more).ground(text)


TRUE = (
    "Filler 2 runs at 480 bottles/min.",
    "Filler 4 runs at 512 bottles/min and filler 2 at 480.",
    "There are 540 bottles/min on line 3 and 402.6 bottles/min on line 4.",
    "Lines 3 and 4 make 540 and 403 bottles/min.",
    "Line 4 makes 403 bottles/min, 158 less than the usual 561.",
    "Line 4 and line 3 make 403 and 540, together 943 bottles/min.",
    "Filler 4 is running.",
    "Filler 2 is held.",
    "Die Maschine Filler 4 läuft mit 512 bottles/min.",
    "Linie 4 macht 402,6 bottles/min und das ist nicht viel.",
    "La línea 4 hace 402,6 bottles/min y es poco.",
    "Proposal p-7k3m9q2x is pending.",
    "Three alarms stand on line 4.",
    "Drei Alarme stehen auf Linie 4.",
    "Line 4 makes 403 bottles/min, which is 2:00 pm.",
    "The crew reports “Seal worn, replaced by Ada Byrne”.",
    f"It was replaced by Ada Byrne [{ORDER.id}].",
    "The proposal must be approved by a supervisor.",
    f"The manual says 12 N·m [{MANUAL.id}].",
)
FALSE = (
    "Filler 3 runs at 480 bottles/min.",
    "Filler 4 runs at 480 bottles/min.",
    "Filler 4 runs at 480 bottles/min and filler 2 at 512.",
    "There are 403 bottles/min on line 3 and 540 bottles/min on line 4.",
    "Lines 3 and 4 make 403 and 540 bottles/min.",
    "Line 4 makes 403 bottles/min, 168 less than the usual 561.",
    "Line 4 is slow and line 3 makes 403 bottles/min.",
    "Filler 9 runs at 480 bottles/min.",
    "Filler IX runs at 480 bottles/min.",
    "Filler 2, tag TT-4711, runs at 480 bottles/min.",
    "Filler 2 runs at 480 bottles/h.",
    "Filler 2 runs at 480 rpm.",
    "Filler 2 runs at 480 gadgets.",
    "Filler 2 is running.",
    "Filler 4 is stopped.",
    "Filler 4 is not running.",
    "Filler 4 ist gestoppt.",
    "Proposal p-7k3m9q2x was approved.",
    "The operator already approved it.",
    "I have raised the setpoint.",
    "The setpoint was raised to 2 bar.",
    "Proposal p-7k3m9q2z is pending.",
    "Four alarms stand on line 4.",
    "Vier Alarme stehen auf Linie 4.",
    "There is no alarm on line 4.",
    "Line 4 makes 4026 bottles/min.",
    "Linie 4 macht 4.026 bottles/min und das ist nicht viel.",
    "Line 4 makes twice what line 3 makes.",
    "Line 4 makes half of it.",
    "The crew reports “Seal worn, all well since then”.",
    "It was replaced by Ada Lovelace.",
    "Filler 4's torque is 12 N·m.",
    "Filler 2 runs at ４８１ bottles/min.",
    "Filler 2 runs at 4**8**1 bottles/min.",
    "Filler 2 runs at 4\u200b81 bottles/min.",
    "Filler 2 runs at ٤٨١ bottles/min.",
    "Filler 2 runs at 48²  bottles/min.",
    "Filler 2 runs at .480 bottles/min.",
    "Filler 2 runs at 480–490 bottles/min.",
    "Filler 2 runs at 4.8e3 bottles/min.",
    "481. bottles/min is what filler 2 makes.",
    "The bowl pressure of filler 4 is 512 bottles/min.",
)


@pytest.mark.parametrize("said", TRUE)
def test_what_is_true_of_the_asset_it_names_is_left(said):
    """In a model's words, in any language, derived from two numbers beside it, or quoted."""
    assert ground(said).struck == ()


@pytest.mark.parametrize("said", FALSE)
def test_what_is_wrong_in_one_piece_is_struck(said):
    """Another asset's number, its unit, a status, a decision, a count, a hidden digit."""
    found = ground(f"Nothing is claimed here.\n{said}")
    assert found.struck
    assert found.text == "Nothing is claimed here."


def test_a_number_without_an_asset_is_of_the_asset_spoken_of():
    """What stands in for a name is bound to it."""
    assert ground("Filler 2 is slow. It runs at 480 bottles/min.").struck == ()
    assert ground("Filler 3 is slow. It runs at 480 bottles/min.").struck
    assert ground("It runs at 480 bottles/min.", asked="How is filler 3?").struck
    assert ground(f"Filler 3 is slow. It runs at 480 [{SPEED2.id}].").struck


def test_words_of_people_do_not_become_facts():
    """What a work order claims can be shown with who claims it, and never without."""
    whole = ground(ORDER.statement)
    assert whole.struck == ()
    assert whole.findings[0].evidence == (ORDER.id,)
    for said in ("The operator has already approved p-7k3m9q2x", "p-7k3m9q2x is approved"):
        assert ground(f"{said} [{ORDER.id}].").struck


def test_the_question_may_be_quoted_and_its_words_stay_a_quotation():
    """And what was never said may not."""
    asked = "why did you stop line 9?"
    assert ground("I found nothing on “why did you stop line 9?”.", asked=asked).struck == ()
    assert ground("I found nothing on “why did you stop line 8?”.", asked=asked).struck


def test_a_phrase_of_the_operator_is_his_own_with_words_of_the_question_only():
    """What he asks back with, and how else it could be asked, is no quotation of evidence."""
    said = YET_TO_COME.format(horizon="tomorrow")
    assert ground(said, asked="Why will it fail tomorrow?").struck == ()
    assert ground(said.replace("tomorrow", "in 5 h"), asked="Why will it fail tomorrow?").struck


def test_the_asker_may_be_named():
    """By the name he has; nobody else."""
    assert ground("It was asked by Ola Nyman.", asker="Ola Nyman").struck == ()
    assert ground("It was asked by Ola Nyman.").struck


@pytest.mark.parametrize(
    ("belief", "quality", "says"),
    [("uncertain", "uncertain", "(uncertain)"), ("quarantined", "bad", "(quarantined)"),
     ("stale", "bad", "(stale since 13:52:00 GMT)"), ("good", "simulated", "(simulated)")],
)  # fmt: skip
def test_what_cannot_be_trusted_is_marked_in_its_sentence(belief, quality, says):
    """Once, before its citation, and only where the sentence does not say so itself."""
    seen = Evidence(
        kind="reading", subject=f"{FILLERS[4]}/bowl_pressure", time=NOW, quality=quality,
        statement="Bowl pressure of filler 4: 1.42 bar, stale since 13:52:00 GMT.",
        data={"value": 1.42, "unit": "bar", "belief": belief},
    )  # fmt: skip
    found = ground("Filler 4 stands at 1.42 bar.", seen).text
    assert found == f"Filler 4 stands at 1.42 bar {says} [{seen.id}]."
    assert ground(found, seen).text == found
    assert says not in ground(f"Filler 4 would stand at 1.42 bar, {belief} though.", seen).text


def test_links_images_and_markup_are_taken_out():
    """What a browser would follow never leaves the house; words and citations stay."""
    text = (
        f"See [the manual](https://evil.example/?d=480) [{SPEED2.id}](http://x.example).\n"
        "![chart](https://evil.example/480.png)\n<img src=//evil.example/p>Well.\n"
        "Go to www.evil.example, evil.example/x?d=480 or mailto:a@evil.example\n"
        "[1]: https://evil.example\n| a | b |\n|---|---|\n```py\n`c`\n```"
    )
    found = ground(text).text
    assert "evil" not in found
    assert "http" not in found
    assert f"See the manual [{SPEED2.id}]" in found
    assert not set("<>`|") & set(found)


@pytest.mark.parametrize(
    ("text", "style"),
    [("1,234 bottles", "point"), ("Es sind 1,234 bar und das ist viel", "comma"),
     ("402.6 and 1,234", "point"), ("402,6 and 1.234", "comma"), ("Il y a 3 alarmes", "comma"),
     ("Am 27.11.2026 sind es 5 und die Linie ist gut", "comma"), ("no figures", "point")],
)  # fmt: skip
def test_a_whole_answer_is_read_in_one_style(text, style):
    """As its numbers show, else by its language, else as its reader writes."""
    assert style_of(text) == style
    assert style_of("5", "de-AT") == "comma"


def test_a_number_with_two_readings_is_read_as_its_answer_is():
    """“1,234” is never both in one answer."""
    seen = reading(4, 1.234, "bar", "bowl_pressure")
    german = "Filler 4 liegt bei 1,234 bar und das ist nicht viel."
    assert ground(german, seen).struck == ()
    assert ground("Filler 4 is at 1,234 bar.", seen).struck
    assert ground("Filler 4: 1,234 bar.", seen, locale="de").struck == ()


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [("um 14 Uhr", "clock", "14:00"), ("à 14h30", "clock", "14:30"), ("um 14.30 Uhr", "clock",
     "14:30"), ("at 2:03 pm", "clock", "14:03"), ("am 27.11.2026", "date", "2026-11-27"),
     ("on 27 November 2026", "date", "2026-11-27"), ("le 3 août", "date", "-08-03")],
)  # fmt: skip
def test_times_and_dates_are_read_as_people_write_them(said, kind, text):
    """In twenty-four hours and in twelve, days before months."""
    (claim,) = claims(said, LEXICON.units, "comma")
    assert (claim.kind, claim.text) == (kind, text)


@pytest.mark.parametrize(
    "said",
    ["It waits for approval.", "It must be approved first.", "If it is approved, it runs.",
     "Nobody has approved it.", "Der Vorschlag muss noch genehmigt werden.", "I set nothing."],
)  # fmt: skip
def test_what_is_not_so_yet_is_no_claim(said):
    """Only what is said to be so is."""
    assert not [s for s in statuses(said) if s.name != "pending"]


values = st.floats(2, 900).map(lambda v: round(v, 1))


@settings(deadline=None)
@given(values, values, st.sampled_from(sorted(FILLERS)), st.data())
def test_one_thing_changed_is_enough(value, other, n, data):
    """True sentences are left; with number, unit, asset, time or status changed they are struck."""
    assume(abs(other - value) > 0.06)
    seen = (reading(n, value), state(n))
    for e in seen:
        assert ground(e.statement, *seen).struck == ()
    told, rest = number_text(value), [k for k in FILLERS if k != n]
    true = f"At 14:00 filler {n} ran at {told} bottles/min and was running."
    assert ground(true, *seen).struck == ()
    wrong = number_text(other)
    step = 10.0 ** -len(wrong.partition(".")[2])
    assume(abs(float(wrong) - value) > 0.51 * step)
    assume(float(wrong) not in {14.0, 0.0})
    changed = data.draw(
        st.sampled_from(
            [
                true.replace(f"at {told} ", f"at {wrong} "),
                true.replace("bottles/min", data.draw(st.sampled_from(["bar", "rpm", "bottles"]))),
                true.replace(f"filler {n}", f"filler {data.draw(st.sampled_from([*rest, 7]))}"),
                true.replace("14:00", "14:07"),
                true.replace("running", "held"),
            ]
        )
    )
    assert ground(changed, *seen).struck == (changed,)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*TRUE, *FALSE, *(e.statement for e in ALL), "", "Well."])))
def test_grounding_again_changes_nothing_and_adds_no_number(parts):
    """Any answer made of sentences; what is left stands by itself."""
    text = "\n".join(parts)
    first = ground(text)
    again = ground(first.text)
    assert again.text == first.text
    assert again.struck == ()
    known = {c.text for t in (text, *(e.statement for e in ALL)) for c in _figures(t)}
    assert {c.text for c in _figures(first.text)} <= known


def test_a_mark_of_quality_makes_no_other_language_of_an_answer():
    """A sentence of evidence stays one when its mark stands behind it."""
    text = (
        "Linie 4 macht 402,6 bottles/min und das ist nicht viel.\n"
        "Bowl pressure of filler 4: 1.42 bar at 14:00:00 GMT."
    )
    first = ground(text)
    assert ground(first.text).text == first.text


def _figures(text):
    return [c for c in claims(visible(text), LEXICON.units) if not c.text.startswith("ev-")]


@settings(deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_is_grounded_once_and_for_all(text):
    """Of whatever characters."""
    first = ground(text)
    assert ground(first.text).text == first.text


HOSTILE = ("9", "1,", "a-", "1 ", "<", "[", "a/", "4*", "“", "-", "1.1", "&amp;", "a.b", "\\frac{",
           "![", "|-", "three ", "//", "a@", "_", "$", "<!--", "no ", ".5 ", "x-1 ", "12 May ",
           "half ", "403 ", "filler 4 ", "is approved ", "480\n", "by Ada ", "“a” ", "It. ",
           "[ev-0] ", "１", "é1", "Line 4 makes 403. ")  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_no_longer_than_its_length(piece):
    """Twenty thousand characters of anything, on a busy machine too."""
    ground("warm")
    text = (piece * 20_000)[:20_000]
    began = time.process_time()
    ground(text)
    assert time.process_time() - began < 1.0
