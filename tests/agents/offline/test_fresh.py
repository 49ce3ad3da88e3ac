"""Questions as people on the shop floor put them, in wordings of no exam; what is taken of them.

Each is read as its kind; what could be something else is asked back.
"""

from functools import cache

import pytest

from agents.offline.reading import read, read_conversation
from tests.tools.scenery import riverside
from twin_core.plant.names import Names

ASKED = {
    "value": [
        "wots the speed of filler 2",
        "filler 2 speed?",
        "how fast is filler 3 going",
        "current bottles/min on L2",
        "whats L4 doing bpm wise",
        "rate on line 3 pls",
        "bowl presure filler 1",
        "how hot is the bearing on rinser 1",
        "what temp is the bearing of filler 4 at",
        "air pressure right now?",
        "give me the chilled water supply temp",
        "what does the vibration of the capper on line 2 read",
        "tell me the motor current on capper 3",
        "what's the bowl level in filler 4 in mm",
        "is the air pressure above 6 bar?",
        "how many bottles/h does line 1 make at the moment",
        "how full is the conveyor before the capper on line 2",
        "depal 1 hoist current",
        "what speed is the labeler on line 4 set to",
        "the current of rinser 1?",
        "motor current on the rinser of line 1",
        "whats filler 1 running at",
        "how quick is filler 1 running",
        "what pressure have we got on the air",
        "bearing temp rinser 1",
        "how warm is the bearing of filler 2",
        "how hot does the bearing of filler 2 get",
        "what's the temperature of the filler 2 bearing",
        "read me the vibration on filler 1",
        "how high is the bowl in filler 2",
        "how much pressure is in the bowl of filler 3",
        "whats line 2 running at",
        "what speed is line 2 running at",
        "how many bottles a minute is line 2 doing",
        "how many an hour on line 3",
        "output line 4 now",
        "bottles per hour line 4",
        "what is L2 doing per minute",
        "tempreature of the chilled water",
        "chiller outlet temp",
        "water temp on rinser 3",
        "how strong does filler 4 vibrate",
        "is filler 2 vibrating much",
        "what's the setpoint of the bowl pressure on filler 1",
        "power draw of compressor 1",
        "how loaded is compressor 2",
        "compressor 1 load in percent",
    ],
    "state": [
        "hows line 3 lookin",
        "is filler 2 running or stopped",
        "whats up with line 1 right now, running?",
        "what mode is line 2 in",
        "L3 ok?",
        "is everything running",
        "are all the lines up",
        "any line standing still?",
        "which machines are stopped right now",
        "give me the status of the compressors",
        "overview please",
        "quick overview of the plant",
        "are the compressors on",
        "which lines are running?",
        "hows the depal on 2 doing",
        "is packer 3 starved",
        "whats the labeler doing on line 4",
        "current status of filler 2",
        "whats the current state of line 3",
        "is compressor 2 on",
        "compressor 2 running?",
        "tell me how the rinser on line 3 is",
        "are we running on all lines",
        "is any line down",
        "which machines are down",
        "what is stopped",
        "is anything blocked",
        "everything ok in the hall?",
        "how goes it",
        "how are we doing",
        "situation report",
        "where do we stand",
        "give me the big picture",
        "whats the status",
    ],
    "trend": [
        "how did the air pressure go over the last 30 min",
        "filler 2 bowl pressure last half hour",
        "show me the bearing temp of filler 3 since 7",
        "avg rate line 2 last 20 mins",
        "what was the lowest air pressure in the last hour?",
        "has the vibration of capper 2 gone up lately",
        "line 4 throughput past 45min",
        "average speed of filler 1 over the past 15 minutes",
        "max chilled water temp last hr",
        "how has line 3 been doing the last half hour rate-wise",
        "did the bowl pressure on filler 4 drop in the last 20 minutes?",
        "plot motor current rinser 1 last 40min",
        "when did the rate of line 4 drop",
        "is the header pressure falling?",
        "how did line 2 run this morning",
        "line 2 since 6:30",
        "show line 2 over the last half hour",
        "what was the rate of line 3 at 7",
        "how did the pressure behave",
        "vibration capper 2 last 15 min please",
        "how has filler 3 speed changed since 06:45",
        "course of the air pressure",
        "graph the chilled water temp",
        "did line 2 slow down in the last 30 minutes",
        "what was the average bpm of line 2 in the last 30 mins",
        "mean air pressure last 20 minutes",
        "how low did the air pressure get",
        "how high did bearing temp on filler 2 go in the last hour",
        "how low did the air pressure go in the past 40 minutes",
        "lowest speed filler 2 last 30 minutes",
        "was the air pressure stable the last hour",
        "did the pressure fluctuate",
    ],
    "made": [
        "how many bottles did line 2 make since 7 am",
        "how much has line 1 made in the last half hour",
        "output of line 3 this shift in bottles",
        "bottles made by L4 last 20 min",
        "what did filler 2 put out in the last hour",
        "how many cases has packer 3 done today",
        "total production line 1 last hour",
        "how many bottles has line 1 done so far today",
        "bottles on line 2 since six",
        "production figure line 3 last 30 minutes",
        "count for line 4 last 15 mins",
        "how many did line 2 do in the last 20 min",
        "how many bottles came off line 3 in the past half hour",
        "pallets from line 1 today",
        "what has line 2 produced since 06:30",
    ],
    "indicators": [
        "oee line 2",
        "whats the OEE of L4 for the last hour",
        "availabilty of line 3 last 30 min",
        "how long was filler 2 stopped in the last hour",
        "how efficient is line 1",
        "how much downtime did line 4 have today",
        "which line has the worst oee",
        "scrap rate line 2 last hour",
        "quality rate of line 3",
        "how many minutes was capper 3 down this morning",
        "how many rejects on line 2 in the last hour",
        "what's line 4's performance factor",
        "MTBF of filler 1",
        "current oee line 2",
        "how was line 2 doing oee wise in the last 40 min",
        "how much time did line 2 lose in the last hour",
        "how long did line 2 stand still",
        "how long was the filler on 3 blocked last hour",
        "time in state of capper 2",
        "filler 4 uptime last hour",
        "what share of the time was filler 1 running",
        "overall equipment effectiveness of line 1",
        "which line performs worst",
        "kpis line 3",
        "how good was line 2 in the last half hour",
        "how many bottles did line 3 throw out",
        "reject rate of line 1",
        "how many bad bottles on line 4",
    ],
    "alarms": [
        "any alarms?",
        "whats alarming on line 4",
        "alrams on line 2 last hour",
        "which alarms came in since 7",
        "anything flashing red",
        "active alarms pls",
        "how many alarms in the last hour",
        "is there an incident open",
        "what incidents are open right now",
        "list alarms of compressor 2",
        "which alarm is most frequent",
        "have there been any alarms on capper 3 today",
        "any alerts in utilities",
        "current alarms",
        "what alarms are up",
        "anything in alarm",
        "show alarm list",
        "is anything alarming in the air system",
        "how many alarms are standing",
        "any open incidents on line 2",
        "whats beeping",
        "any new alarms in the last 10 min",
        "alarm history line 2",
        "has filler 2 alarmed",
        "what warnings do we have",
        "which alarms are active on line 3",
        "when did the alarm on compressor 1 come",
        "what alarm came first",
    ],
    "cause": [
        "why is L4 so slow",
        "whats causing the drop on line 2",
        "line 3 lost speed - reason?",
        "y is line 2 down",
        "what's up with filler 3, it keeps tripping",
        "root cause for low output line 1?",
        "why did line 4 stop at 7:20",
        "why is the air pressure so low",
        "what made line 2 slow down",
        "is the low pressure real or is it the sensor",
        "what is dragging line 4 down",
        "line 4 is crawling, whats wrong",
    ],
    "remedies": [
        "what can we do about line 4",
        "how do i get line 2 back up",
        "any fix for line 4?",
        "what would you recommend for line 3",
        "what are my options on line 4",
    ],
    "what_if": [
        "what if filler 2 runs 5% faster",
        "what happens to line 4 if capper 4 stops for 10 min",
        "what will line 2 make in the next hour",
        "suppose we slow down line 3 by ten percent",
        "simulate compressor 2 down for half an hour",
        "if we run filler 1 at 480 bpm what do we get",
    ],
    "compare": [
        "compare line 1 and line 2",
        "line 3 vs line 4",
        "is line 2 faster than line 3?",
        "what is better: filler 2 at 5 % more or 10 % more",
    ],
    "bottleneck": [
        "wheres the bottleneck on line 3",
        "what's the bottle neck of line 2",
        "which machine holds up line 1 the most",
        "what is the constraint on line 4",
    ],
    "orders": [
        "which orders are due today on line 1",
        "what does line 2 make once this job is through",
        "how is order 4105 doing for time",
    ],
    "schedule": [
        "can we run the orders in a better order on line 2",
        "best sequence for todays orders on line 1?",
        "optimise the schedule of line 3",
    ],
    "planned": [
        "when is the next changeover on line 2",
        "when does the shift end",
        "any breaks planned for line 4",
    ],
    "window": [
        "when should we service the capper on line 2",
        "best slot for maintenance on filler 3",
        "when is it cheapest to stop line 1 for 30 min",
    ],
    "work_orders": [
        "any open work orders?",
        "open wos for filler 2",
        "which jobs does maintenance have on line 4",
        "has anyone been sent to compressor 2",
        "work orders on capper 3 pls",
        "what is the crew working on",
        "what repairs were done on line 2 this morning",
        "did anybody paint filler 3",
    ],
    "documents": [
        "how do i clear a jam on the capper",
        "what does the manual say about bowl pressure",
        "procedure for changing the filter of the compressor",
        "where do i find how to clean the filler",
        "how often must the bearings be greased",
        "maintenance instructions labeler",
    ],
    "prognosis": [
        "what will break next",
        "whats likely to fail next on line 2",
    ],
    "life": [
        "how long will the bearing of filler 3 last",
    ],
    "risk": [
        "how likely is filler 2 to fail in the next 8 h",
    ],
    "improve": [
        "what could run better on line 2",
        "where do we waste energy",
    ],
    "handover": [
        "shift handover please",
        "what happened on the last shift",
        "what do i need to know for my shift",
        "write me a shift report",
    ],
    "proposals": [
        "what's waiting for approval",
        "is my proposal approved yet",
        "anything pending?",
        "who approved p-1234abcd",
        "what did we propose today",
        "which proposals are open",
    ],
    "propose": [
        "propose to raise filler 2 to 480 bottles/min",
        "pls propose the best fix for line 4",
        "submit a work order for capper 2",
        "put in a work order for compressor 1",
        "draft a proposal to set the air pressure to 7 bar",
        "please raise a wo to have the labeler on line 3 looked at",
        "get someone to look at filler 3",
    ],
    "decide": [
        "approve the proposal",
        "stop line 2",
        "shut down compressor 2 now",
        "can you just restart the capper",
    ],
    "unclear": [
        "whats the weather tomorrow",
        "tell me a joke",
        "who won the match yesterday",
        "what is the capital of France",
        "translate good morning to German",
        "whats the stock price of coca cola",
        "book me a table for 2",
        "what's 17 times 23",
        "how much does olga earn",
        "order lunch for us",
    ],
}


@cache
def names() -> Names:
    return Names(riverside())


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, ts in ASKED.items() for t in ts])
def test_a_fresh_wording_is_read_as_what_it_asks(kind, text):
    """With slips, short forms, units as people write them, and words in any order."""
    assert [found.kind for found in read(text, names())] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "will it rain on saturday", "I feel sick, which pills should I take?", "song about line 2",
        "who is the boss of this outfit", "who will paint my house", "is the canteen open",
        "how old is the universe", "please dance for line 4",
    ],
)  # fmt: skip
def test_what_is_not_of_the_plant_is_not_taken_for_a_question_about_it(text):
    """Not for one that needs an asset either, which would be asked back."""
    assert [found.kind for found in read(text, names())] == ["unclear"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("propose capper 3 back to 480", 480.0),
        ("capper 3 480 b/min, propose it", 480.0),
        ("propose rinser 2 510 btl/min", 510.0),
        ("rinser 2 to 510 bpm, please propose", 510.0),
        ("filler 3 up to 540 again, hand it in", 540.0),
        ("Would you hand in a proposal that filler 3 be set back to 540 b/min?", 540.0),
    ],
)
def test_a_set_point_may_stand_without_verb_before_or_behind_the_asking(text, value):
    """“Back to” says the same as “to”; a number with a rate is no number of a name."""
    (found,) = read(text, names())
    assert (found.kind, [change["value"] for change in found.changes]) == ("propose", [value])


def test_an_amount_is_no_number_of_a_machine():
    """Which of them is meant is asked back."""
    (found,) = read("propose capper 470 b/min", names())
    assert len(found.choices) == 4


@pytest.mark.parametrize(
    ("questions", "kind", "assets", "measurement"),
    [
        (("rinser 1 speed", "line 3?"), "value", ("Rinser 3",), "speed"),
        (("rinser 1 speed", "and the set point there?"), "value", ("Rinser 1",), "speed setpoint"),
        (("why is capper 2 slow", "what does the manual say?"), "documents", ("Capper 2",), ""),
        (("propose the best fix for line 2", "is it carried out yet?"), "proposals", (), ""),
    ],
)
def test_few_words_are_read_in_the_light_of_what_went_before(questions, kind, assets, measurement):
    """Another line, its setting, its manual, what became of it."""
    (found,) = read_conversation(questions, names())
    assert (found.kind, found.assets, found.measurement) == (kind, assets, measurement)


def test_another_number_is_put_in_the_place_of_the_one_before():
    """And stays there when only the time moves, which is told to be none that can be simulated."""
    asked = ["what if rinser 2 runs at 480 b/min", "or 500?", "and tomorrow instead?"]
    (found,) = read_conversation(asked, names())
    assert [change["value"] for change in found.changes] == [500.0]
    assert found.later == "tomorrow"
