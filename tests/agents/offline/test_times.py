"""Times as people say them: which are past, which lie ahead, which are no times; at 07:20."""

import pytest

from agents.offline import grammar
from agents.offline.ahead import ahead_in
from tests.tools.scenery import NOW, riverside
from tools.span import find_second, find_span, read_span
from tools.wording import local
from twin_core.value import SECOND

PLANT = riverside()
_HERE = local(NOW, PLANT).replace(year=2026, month=1, day=5, hour=7, minute=20, second=0)
AT = round(_HERE.timestamp() * SECOND)


def written(text):
    return grammar.joined(grammar.respelled(text, lambda _: ""))


def past(text):
    """The span it says, as from and to; empty if it says none."""
    text = written(text)
    ahead = ahead_in(text, measured=False)
    rest = text if ahead is None else f"{text[: ahead.start]} {text[ahead.end :]}"
    said = find_span(rest)
    if said is None:
        return ""
    span = read_span(said, AT, PLANT)
    first, last = local(span.start, PLANT), local(span.end, PLANT)
    return " to ".join(f"{moment:%d %H:%M}".removeprefix("05 ") for moment in (first, last))


def said_ahead(text, *, measured=False):
    ahead = ahead_in(written(text), measured=measured)
    return "" if ahead is None else ahead.said


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("how many left the rinser from twenty to seven till ten past seven?", "06:40 to 07:10"),
        ("from quarter to seven to five past seven", "06:45 to 07:05"),
        ("between ten to seven and ten past seven", "06:50 to 07:10"),
        ("between 10 to 7 and 10 past 7", "06:50 to 07:10"),
        ("from twenty-five to seven until seven", "06:35 to 07:00"),
        ("betwen 6:40 and 7:10 how many", "06:40 to 07:10"),
        ("between 6:40am and 7:10am", "06:40 to 07:10"),
        ("from half six to seven", "06:30 to 07:00"),
        ("from half past six untill quarter past seven", "06:30 to 07:15"),
        ("from 6.30 till 7", "06:30 to 07:00"),
        ("between six and seven", "06:00 to 07:00"),
        ("from 10 pm to 6 am", "04 22:00 to 06:00"),
        ("since half six", "06:30 to 07:20"),
        ("since five past seven", "07:05 to 07:20"),
        ("since ten to seven", "06:50 to 07:20"),
        ("since six this morning", "06:00 to 07:20"),
        ("since 06:40 Uhr", "06:40 to 07:20"),
        ("since 6 Uhr", "06:00 to 07:20"),
        ("since 6am", "06:00 to 07:20"),
        ("since 22:00 yesterday", "04 22:00 to 07:20"),
        ("since yesterday at 06:00", "04 06:00 to 07:20"),
        ("since 10 last night", "04 22:00 to 07:20"),
        ("since yesterday", "04 00:00 to 07:20"),
        ("since last night", "04 22:00 to 07:20"),
        ("cubic metres within last twenty min", "07:00 to 07:20"),
        ("in the past forty minutes", "06:40 to 07:20"),
        ("over the past half hour", "06:50 to 07:20"),
        ("for the last forty min pls", "06:40 to 07:20"),
        ("in teh last hour", "06:20 to 07:20"),
        ("in the last quarter of an hour", "07:05 to 07:20"),
        ("the last three quarters of an hour", "06:35 to 07:20"),
        ("over the past three-quarters of an hour", "06:35 to 07:20"),
        ("the last hour and a half", "05:50 to 07:20"),
        ("the last half-hour", "06:50 to 07:20"),
        ("during the 20 minutes just gone", "07:00 to 07:20"),
        ("the hour just gone", "06:20 to 07:20"),
        ("over this past hour", "06:20 to 07:20"),
        ("the two hours that have just passed", "05:20 to 07:20"),
        ("in the half hour that's just gone by", "06:50 to 07:20"),
        ("over the hour up to now", "06:20 to 07:20"),
        ("between half an hour ago and now", "06:50 to 07:20"),
        ("from 40 minutes ago till now", "06:40 to 07:20"),
        ("6h until now", "06:00 to 07:20"),
        ("0630 to now", "06:30 to 07:20"),
        ("from 0600 til now", "06:00 to 07:20"),
        ("from six till right now", "06:00 to 07:20"),
        ("over the last 2h until now", "05:20 to 07:20"),
        ("since we started up at six", "06:00 to 07:20"),
        ("since we clocked in at half six", "06:30 to 07:20"),
        ("since the crew took over at 06:10", "06:10 to 07:20"),
        ("since it came back up around 6:40 this morning", "06:40 to 07:20"),
        ("since two this afternoon", "04 14:00 to 07:20"),
        ("from six up to this minute", "06:00 to 07:20"),
        ("from 6 this morning until the present", "06:00 to 07:20"),
        ("from 6h until now", "06:00 to 07:20"),
        ("from an hour back till now", "06:20 to 07:20"),
        ("in the hour that has gone by", "06:20 to 07:20"),
        ("alarms since the compressor tripped at 06:40", "06:40 to 07:20"),
        ("shift OEE of line 4", "06:00 to 07:20"),
        ("between one and four, which was better since six", "06:00 to 07:20"),
        ("alarms of line 4 06:40", "06:39 to 06:41"),
        ("at seven this morning", "06:59 to 07:01"),
        ("at eight last night", "04 19:59 to 04 20:01"),
        ("at two last night", "01:59 to 02:01"),
        ("yesterday at 6:00", "04 05:59 to 04 06:01"),
        ("from start of shift", "06:00 to 07:20"),
        ("shift to date", "06:00 to 07:20"),
        ("actual shift", "06:00 to 07:20"),
        ("our shift so far", "06:00 to 07:20"),
        ("what was the level 06:40", "06:39 to 06:41"),
        ("in the first half hour of the shift", "06:00 to 06:30"),
        ("so far today", "00:00 to 07:20"),
        ("since the day began", "00:00 to 07:20"),
        ("how many since the shift began", "06:00 to 07:20"),
        ("what did we make since we started", "06:00 to 07:20"),
        ("since I came on shift", "06:00 to 07:20"),
        ("since the start of my shift", "06:00 to 07:20"),
        ("since the beginning of our shift until now", "06:00 to 07:20"),
        ("what was the level at 7 o'clock", "06:59 to 07:01"),
        ("what was the pressure at quarter past six", "06:14 to 06:16"),
        ("how many did line 2 make until 7:00", "00:00 to 07:00"),
        ("which stops were planned until 7:00", "00:00 to 07:00"),
    ],
)
def test_a_span_that_is_past(question, span):
    """However it is said."""
    assert past(question) == span


@pytest.mark.parametrize(
    ("question", "since"),
    [
        ("I took over at quarter to seven and want to see it, how many since then", "since 06:45"),
        ("started my round at ten to seven, so how much from then to now", "since 06:50"),
        ("we started the line at 6:30, how many since", "since 6:30"),
        ("took over at 6, what has been made since?", "since 6"),
        ("I came in at six o'clock, how much has it made from then on", "since 06:00"),
        ("it tripped around 06:10 and ever since the pressure is low", ""),
    ],
)
def test_then_is_the_time_of_day_said_before(question, since):
    """“At 06:45 …, since then” is since 06:45, and no second span stands beside it."""
    text = written(question)
    assert (find_span(text) == since) is bool(since)
    assert not find_second(text)


@pytest.mark.parametrize(
    "text",
    ["since six this morning", "since two this afternoon", "since we clocked in at six today"],
)
def test_the_half_of_the_day_beside_an_hour_is_no_second_span(text):
    """So that nothing is compared with it."""
    assert not find_second(written(text))


@pytest.mark.parametrize(
    "question",
    [
        "I only need five minutes at the rinser, so when is line 1 scheduled to stand next?",
        "the customer rings every ten minutes, are we done with it by when it's due?",
        "the mechanic needs about half an hour to get here, is line 2 up",
        "it takes 20 min to clean, when is the next stop",
        "a cleaning lasts forty minutes, which one is next",
        "the fitter has just ten minutes, what is open",
        "glue temperature +20min",
    ],
)
def test_a_length_that_something_takes_is_no_span(question):
    """Nor is how often it comes."""
    assert find_span(written(question)) is None


def test_so_long_ago_is_a_span_whatever_stands_before_it():
    """“The level it had 20 min ago”."""
    assert find_span("the level it had 20 min ago") == "20 min ago"


@pytest.mark.parametrize(
    ("question", "ahead"),
    [
        ("which stops are planned on line 3 until 12:00", "until 12:00"),
        ("L3 planned stops till noon", "until 12:00"),
        ("which stops are planned untill midday", "until 12:00"),
        ("what planned downtimes has line 3 got between now and twelve?", "12:00"),
        ("list me the stops that are in the plan up to midday", "until 12:00"),
        ("which scheduled stops does L3 have before 12 oclock", "before 12:00"),
        ("which scheduled stops befor 12 o'clock", "before 12:00"),
        ("which breaks are planned before twelve", "before 12:00"),
        ("when is line 3 due to stand by plan from now to 12:00", "12:00"),
        ("what will line 4 still produce between now and two this afternoon", "14:00"),
        ("how many bottles come off line 4 from now to 2 pm", "2 pm"),
        ("bottles L4 will make up to 14:00 from now, nothing changed", "14:00"),
        ("if nothing changes how many does line 4 do from now on until 14 o'clock", "14:00"),
        ("how many will line 4 make until two o'clock", "until 02:00"),
        ("how many will line 4 make by two", "by 02:00"),
        ("how many will line 4 make till half past two", "until 02:30"),
        ("how many will we make by quarter to ten", "by 09:45"),
        ("how many will line 2 make by 14 Uhr", "by 14:00"),
        ("how many will we make until 14h00", "until 14:00"),
        ("the lorry is here at nine tonight, is line 2 going to have it ready", "at 21:00"),
        ("the truck comes at 4, will it be ready by three", "by 03:00"),
        ("what will line 1 make over the coming hour and a half", "hour and a half"),
        ("how many will line 1 make in the next quarter of an hour", "quarter of an hour"),
        ("how many will we make before the shift ends", "the shift ends"),
        ("what is planned before we hand over at 14:00", "the shift"),
        ("which orders are due by the shift change", "the shift change"),
        ("what is scheduled from now until the end of today", "the end of today"),
        ("how many will be made in the remaining shift", "shift"),
    ],
)
def test_how_far_ahead_plans_and_counts_are_looked_at(question, ahead):
    """Hours in words are told as times of day."""
    assert said_ahead(question) == ahead


@pytest.mark.parametrize(
    ("question", "ahead"),
    [
        ("labeller 1 glue temp +20min", "20min"),
        ("pump 1 bearing temp +30 min", "30 min"),
        ("glue temperature + half an hour", "half an hour"),
        ("in 20 mins the labeler 1 glue has what temperature", "20 mins"),
        ("in 30 min, what temperature has the bearing on the lead pump", "30 min"),
        ("in half an hour how high is the level", "half an hour"),
        ("I have to decide if I stay, where will the temperature be in 20 min", "20 min"),
        ("what will it be half an hour from now", "half an hour"),
        ("level in an hour's time", "an hour"),
        ("level in a quarter of an hour", "a quarter of an hour"),
        ("level 20 min ahead", "20 min"),
        ("what will the level be come 9", "at 09:00"),
        ("what will the level be come nine o'clock", "at 09:00"),
        ("what will the tower level be at 09:00", "at 09:00"),
        ("what will the tower level be at nine", "at 09:00"),
        ("what will the level be at nine this morning", "at 09:00"),
        ("what height will the water have at 9 am", "at 9 am"),
        ("Could you work out where the tower level stands at nine this morning.", "at 09:00"),
        ("what will the level be around half past eight", "at 08:30"),
        ("what will the level be this evening at six", "at 18:00"),
        ("predict the level at t+60 min", "60 min"),
        ("level now plus 30 min", "30 min"),
        ("level, one-hour forecast", "1-hour"),
        ("look ahead an hour: level", "an hour"),
        ("level an hour hence", "an hour"),
        ("level within the hour", "hour"),
        ("level in another half an hour", "half an hour"),
        ("after one hour more, where stands the level", "1 hour"),
        ("predicted level 1400", "at 14:00"),
        ("level forecast 14:00", "at 14:00"),
        ("what will the level be at the end of the shift", "the end of the shift"),
        ("forecast the level, shift end", "shift end"),
        ("how full will it be by the time this shift ends", "this shift ends"),
        ("where will the level be when we knock off at two", "at 02:00"),
        ("if everything goes on the way it's going what will it be an hour from now", "an hour"),
        ("trying to work out if we need a truck, how full will it be in 2 h", "2 h"),
        (
            "needs half an hour to get here, how warm will it be in 30 minutes from now",
            "30 minutes",
        ),
    ],
)
def test_how_far_ahead_a_value_is_looked_at(question, ahead):
    """A sign before a length, a length in front, a time of day of what is to come."""
    assert said_ahead(question, measured=True) == ahead


@pytest.mark.parametrize(
    "question",
    [
        "will the pressure rise by 9",
        "when will the level be at 9?",
        "will it stay at 5?",
        "the fitter came at 6, will it hold",
        "what was the level at 7",
        "how did the pressure change in 20 min",
        "in 20 min how many rejects had it",
        "which stops were planned until 7:00",
        "raise it from 5 +20 %",
        "predict when it will make 1400",
        "what if it stops for another 20 minutes",
        "between now and two hours ago",
    ],
)
def test_what_is_no_time_to_come(question):
    """An amount, what is past, what is asked for itself."""
    assert said_ahead(question, measured=True) == ""
