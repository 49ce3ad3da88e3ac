"""A night shift's questions in the operator's own words, each through the whole assistant.

Two right things are asked of each: which tools were used, and a piece of what was said.
"""

from dataclasses import replace

import pytest

from agents import phrases
from tests.agents.house import House
from tests.tools.scenery import MINUTE, NOW, Window, alarm, snapshot, waiting

NOT_READ = "I did not understand the change"
CAUSE = ["find_cause", "search_documents", "find_remedies"]

NIGHT = [
    # The handover
    ("shift handover pls", ["shift_handover"], "1 incident, 1 still open"),
    ("what did I miss on L4", ["shift_handover"], "Handover of line 4 from 06:00:00"),
    ("give me the shift report for last shift", ["shift_handover"], "22:00:00 to 2025-11-22 06:00"),
    ("what does the next shift need to know?", ["shift_handover"], "WO-17"),
    # State and values
    ("hows L4", ["asset_state"], "Line 4 makes 403"),
    ("is line 4 down?", ["asset_state"], "Line 4 makes 403"),
    ("is the packer on 2 stopped?", ["asset_state"], "Packer 2 is in Execute"),
    ("what product is line 4 running", ["latest_values"], "of Cola 500 ml"),
    ("how are fillers 1 and 3", ["asset_state"] * 2, "Filler 3 is in Execute"),
    ("everything ok?", ["plant_overview"], "1 open incident"),
    ("is the bowl pressure on line 4 normal?", ["latest_values"], "2 bar at 13:59:58 GMT; normal"),
    ("how much air pressure do we have on header B", ["latest_values"], "air header B: 6.95 bar"),
    ("temperature of filler 4", ["latest_values"], "can be more than one measurement"),
    ("what is line 4 supposed to make", ["latest_values"], "nominal 600 bottles/min"),
    # Trends
    ("product temp trend L4", ["trend"], "filler 4 from 13:30:00 to 14:00:00 GMT: steady"),
    ("how has the filler speed on L4 gone since 1pm", ["trend"], "from 13:00:00 to 14:00:00"),
    ("did the bowl pressure on line 4 drop?", ["trend"], "steady"),
    ("when did line 4 drop?", ["trend"], "Rate of line 4"),
    ("how did line 4 run yesterday", ["trend"], "There is no data of the rate of line 4"),
    # Alarms
    ("any alrams on line 4", ["alarms"], "For line 4 at 13:59:58 GMT: 1 open incident, 1 alarm"),
    ("what alarms came in the last hour", ["alarms"], "For Riverside Bottling"),
    ("silence that alarm", [], "Only people decide"),
    # OEE
    ("whats teh oee of line 3", ["indicators"], "Line 3 from 13:55:00"),
    ("OEE this shift line 2", ["indicators"], "There is no data from Line 2 for that span"),
    ("which line is worst this shift", ["indicators"], "no indicators of Riverside Bottling"),
    ("in-0a1b2c3d?", ["alarms"], "Incident in-0a1b2c3d, opened at 13:52:00"),
    ("what happened with in-00000000", ["alarms"], "There is no incident “in-00000000”"),
    ("how long was capper 3 held?", ["indicators"], "Capper 3 from 13:00:00"),
    ("any rejects on line 4?", ["indicators"], "OEE and quality not to be had"),
    # Causes
    ("why's L4 so slow tonight", CAUSE, "Most likely cause (83 %)"),
    ("what's going on with the depal on 2", ["find_cause"], "Nothing abnormal was found"),
    ("Line 4 is slow.\nIs it the filler?", CAUSE, "product cooler fouled at filler 4"),
    ("why is compressor 1 running", ["find_cause"], "Nothing abnormal was found on compressor 1"),
    # What-if and comparisons
    ("what if L4 filler runs at 90 percent", ["what_if"], "With filler 4 at 90 % of its speed"),
    ("what if compressors 1 and 2 fail", ["what_if"], "compressor 2 stopped for 15 min"),
    ("what would line 4 make if compressor 1 stopped for 1,200 s?", ["what_if"],
     "With compressor 1 stopped for 20 min, line 4 makes"),
    ("how would line 1 do if the boiler was off for an hour", ["what_if"],
     "With steam boiler stopped for 60 min, line 1 makes"),
    ("what if we ran filler 4 at 95 % and the capper too?", ["what_if"],
     "With filler 4 at 95 % of its speed and capper 4 at 95 % of its speed"),
    ("compare filler 4 at 90 % with filler 4 at 80 %", ["compare_options"], "Best for line 4"),
    ("set filler 4 to 500 bottles per minute", ["what_if"], "I set nothing myself"),
    ("what happens if we do nothing on line 4", ["what_if"], "Line 4 as it is: 403"),
    ("tell me if line 4 will make its rate in the next hour", ["what_if"], "Line 4 as it is: 403"),
    ("what's the forecast for line 4 tomorrow", ["what_if"], "“tomorrow” ahead cannot"),
    ("what if filler 4 runs at 90 % for 20 min", ["what_if"], "over the next 20 min"),
    ("forecast line 4 for 40 minutes", ["what_if"], "over the next 40 min"),
    ("reduce the speed of filler 4 from 100 % to 90 %", ["what_if"], "filler 4 at 90 % of its"),
    ("set the bowl pressure of filler 4 from 2 to 2.4 bar", ["what_if"], "filler 4 at 2.4 bar"),
    ("which is better, run filler 4 at 95% or stop it for 5 min?", ["compare_options"],
     "Best for line 4"),
    ("compare line 1 with line 3 over the last 20 min", ["trend"] * 2, "Rate of line 3"),
    ("availability of line 2 against line 3 over the last 20 min", ["indicators"] * 2, "Line 3"),
    ("filler 4 vs 3, rejects since the start of the shift", ["indicators"] * 2, "Filler 3"),
    ("which brings more: filler 4 to 500 bottles/min or capper 4 at 90 %", ["compare_options"],
     "Best for line 4"),
    ("put filler 4 at 95 % or rather at 90 %, with which does line 4 make more?",
     ["compare_options"], "Best for line 4"),
    ("deciding between filler 4 at 90 % and capper 4 at 90 %, whichever hurts less",
     ["compare_options"], "Best for line 4"),
    ("how many bottles will line 4 make until the end of the shift", ["what_if"],
     "Line 4 as it is: 403"),
    ("is line 2 faster than line 3", ["indicators"] * 2, "Line 3 makes 540"),
    ("filler 4 vs filler 3", ["indicators"] * 2, "Filler 3 from"),
    ("compare the speed of filler 4 and filler 3", ["latest_values"] * 2, "speed of filler 3: 600"),
    # Changes that are not understood are not passed over
    ("what if filler 4 wobbles", [], NOT_READ),
    ("what if filler 4 runs at 95 % and the compressor stops", [], "Which do you mean: Filler 4"),
    ("what if the filler on line 4 runs at 95 % and the compressor stops", [], NOT_READ),
    ("what if line 4 runs at 80 %", [], NOT_READ),
    ("what if filler 4 runs faster", [], NOT_READ),
    ("what if filler 4 stops for 20", [], NOT_READ),
    ("what if filler 4 stops at 14:30", ["what_if"], "stopped for 15 min after 30 min"),
    ("what if filler 4 runs at 90 % from 14:30", [], NOT_READ),
    ("what if filler 4 runs at 90 % at 80 %", [], NOT_READ),
    ("what if filler 4 stops and capper 4 dances", [], "the change “capper 4 dances”"),
    ("what if we lose the chiller for an hour and compressor 1 for 5 min", ["what_if"],
     "With chiller stopped for 60 min and compressor 1 stopped for 5 min"),
    ("what if I raise the air pressure by 0.3 bar", [], NOT_READ),
    ("raise the bowl pressure setpoint of filler 4 by 10 %", [], NOT_READ),
    ("set the product temperature of filler 4 to 5 bar", [], "I can take only °C, not “bar”"),
    ("change the speed of filler 4 by 10 %", [], NOT_READ),
    # The order of the jobs
    ("can you find a better order of the jobs on line 4?", ["schedule"],
     "Line 4: a better order of its 6 jobs is po-"),
    ("what is the best schedule for tonight", ["schedule"], "Line 1: a better order"),
    ("best order of the jobs on L4 in the next 5 min?", ["schedule"], "is as good as any"),
    ("which picking strategy is best for today's orders?", ["picking_strategies"],
     "2026-03-04's (the newest there are) 110 orders"),
    ("where should the goods lie?", ["slotting_rules"], "made from"),
    ("when should we replenish", ["replenishment_rules"], "Rules as they are"),
    ("how should stock be rebalanced?", ["stock_rebalancing"], "two warehouses or more"),
    # What was learnt
    ("how long will filler 4 last?", ["remaining_life"], "running time until it fails"),
    ("remaining life of capper 4", ["remaining_life"], "no model of it was promoted"),
    ("how likely is it that filler 4 fails in the next 8 h", ["failure_risk"], "12.5%"),
    ("what quality will this lot on line 4 have?", ["quality"], "Line 4 will throw out"),
    ("will the lot on line 4 stay below 2 % rejects, what quality will it have", ["quality"],
     "stays at 2 % or below"),
    ("what quality will the lot on line 4 have, at most 500 %?", ["quality"], "will throw out"),
    ("how far is the model off on line 4, and how is it corrected?", ["model_error"],
     "Other forecasts and advice are not corrected"),
    # Documents
    ("how do i clean the labeller", ["search_documents"], "No document says anything about"),
    ("torque spec for the capper?", ["search_documents"], "Torque 12 N·m"),
    ("what does the manual say about low pressure", ["search_documents"], "FG-03 Rotary filler"),
    # Remedies, proposals, work orders
    ("should i stop line 4?", ["find_remedies"], "What could be done against"),
    ("propose something for line 4", ["propose"], "Handed in as p-00000001: Raise"),
    ("raise a WO for filler 4", ["find_remedies", "propose"], "Replace the bowl seal of filler 4"),
    ("propose to paint line 4 green", ["find_remedies"], "so nothing was handed in"),
    ("propose to raise the bowl pressure of filler 4 to 2.6 bar", ["propose"],
     "from 2 to 2.6 bar"),
    ("propose to raise the bowl pressure of filler 4 from 2 to 2.4 bar", ["propose"],
     "Handed in as p-00000001: Raise"),
    ("cancel p-7k3m9q2x", [], "Only people decide"),
    ("what has been proposed today", ["proposals_status"], "1 proposal waits for a decision"),
    ("who proposed that for line 4?", ["proposals_status"], "1 proposal of line 4 waits for a dec"),
    ("What is the root cause of the loss on line 2? Propose the best remedy.", ["find_cause"],
     "So there is nothing to propose."),
    ("p-7k3m9q2x?", ["proposals_status"], "Proposal p-7k3m9q2x"),
    ("status of p-00000000", ["proposals_status"], "There is no proposal “p-00000000”"),
    ("who needs to approve it?", ["proposals_status"], "needs 1 supervisor"),
    ("open WOs", ["work_orders"], "There are 2 work orders"),
    # False premises, and what is none of ours
    ("why is line 9 slow", [], "There is nothing here called “line 9”"),
    ("rate of lines 1 and 9", [], "There is nothing here called “lines 1 and 9”"),
    ("how is the turbo on line 4", [], "There is nothing here called “turbo”"),
    ("whats the flux capacitor temperature", [], "nothing here called “flux capacitor”"),
    ("how is the weather", [], "outside what I do"),
    ("thx", [], "Good day"),
]  # fmt: skip


def house() -> House:
    now = replace(snapshot(), alarms=(alarm(),))
    return House(window=Window(now, proposals=[waiting()]))


@pytest.mark.parametrize(("question", "tools", "piece"), NIGHT, ids=[q for q, _, _ in NIGHT])
async def test_a_question_of_the_night_is_answered_as_it_was_meant(question, tools, piece):
    """By the tools it needs and no other; nothing it says is struck out."""
    progress, answer = await house().hear(question)
    assert [p.step for p in progress] == tools
    assert piece in answer.text
    assert phrases.STRUCK not in answer.text
    assert phrases.BROKE not in answer.text


TALKS = [
    (["how is line 4", "and 2?"], ["asset_state"], "Line 2 makes 540"),
    (["how is line 4", "and 9?"], [], "There is nothing here called “9”"),
    (["what if the filler stops for 5 min", "line 2"], ["what_if"], "filler 2 stopped for 5 min"),
    (["what if filler 4 runs at 95 % and the compressor stops", "compressor 2"], ["what_if"],
     "With filler 4 at 95 % of its speed and compressor 2 stopped for 15 min"),
    (["what if filler 4 runs at 90 %", "and at 80 %?"], ["what_if"], "filler 4 at 80 %"),
    (["what if compressor 1 stops", "and on line 2?"], ["what_if"], "stopped for 15 min, line 2"),
    (["how is filler 4", "what if it stops for 10 min?"], ["what_if"], "filler 4 stopped for 10"),
    (["why is line 4 slow?", "ok propose that one with the seal"], ["find_remedies", "propose"],
     "Handed in as p-00000001: Replace the bowl seal"),
    (["forecast", "line 2"], ["what_if"], "Line 2 as it is"),
    (["a better order of the jobs on line 4?", "and line 2?"], ["schedule"], "Line 2: a better"),
    (["a better order of the jobs on line 4?", "propose it"], [], "cannot be handed in here yet"),
    (["which picking strategy is best?", "ok propose it"], [], "cannot be handed in here yet"),
    (["best schedule for tonight?", "propose the best remedy for line 4"], ["propose"],
     "Handed in as p-00000001: Raise"),
]  # fmt: skip


@pytest.mark.parametrize(("talk", "tools", "piece"), TALKS, ids=[" | ".join(t[0]) for t in TALKS])
async def test_a_follow_up_of_the_night_is_answered_as_it_was_meant(talk, tools, piece):
    """In the light of what was asked before."""
    room = house()
    for question in talk[:-1]:
        await room.ask(question)
    progress, answer = await room.hear(talk[-1])
    assert [p.step for p in progress] == tools
    assert piece in answer.text
    assert phrases.STRUCK not in answer.text


async def test_a_plan_is_told_of_a_line_that_cannot_be_heard():
    """It rests on what was ordered."""
    now = snapshot(down={"line4_plc": NOW - 20 * MINUTE})
    answer = await House(window=Window(now)).ask("a better order of the jobs on line 4?")
    assert "Line 4: a better order of its 6 jobs" in answer.text
    assert answer.unknown == ()
    assert [chart.kind for chart in answer.charts] == ["gantt", "gantt"]


async def test_what_was_not_understood_of_a_change_and_what_would_be_is_said():
    """Plainly; and things as they are are not told in its place."""
    answer = await house().ask("what if line 4 dances?")
    assert answer.text.startswith(f"{NOT_READ} “what if line 4 dances”, so nothing was simulated")
    assert "that a machine or utility stops for some minutes" in answer.text
    assert "403" not in answer.text
