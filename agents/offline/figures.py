"""Numbers, shares and times of day that are said in words, written as figures.

“Fifteen per cent” is 15 %, “a third less” is 33.3 % less, “quarter past five” is 05:15. It must
never change a number that was said in figures, nor make one of a word that may be none.
"""

import re

from rapidfuzz.distance import OSA

from tools.clock import SPOKEN, clock_of

_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_ONES = _WORDS.split()
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = _TEN_WORDS.split()
_SMALL = {word: n for n, word in enumerate(_ONES)} | {
    word: 10 * n for n, word in enumerate(_TENS, 2)
}
_ONE = "|".join(_ONES[1:10])
_BELOW_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{_ONE}))?|{'|'.join(reversed(_ONES[1:]))})"
_SPELT = re.compile(
    rf"\b(?:(?P<hundreds>an?|{'|'.join(_ONES[1:])})\s+hundred(?:\s+(?:and\s+)?(?P<rest>{_BELOW_100}))?"
    rf"|(?P<small>{_BELOW_100}))\b(?!\s+hundred)(?:\s+and\s+a\s+(?P<half>half)\b)?",
    re.IGNORECASE,
)
_FEW = 12
_MEASURED = re.compile(
    r"[\s-]+(?:per\s?cent|percentage|%|bars?|degrees?|volts?|points?|s|sec\w*|m|min\w*|h|hrs?|hours?)"
    r"(?!\w)",
    re.IGNORECASE,
)
_LEADS = re.compile(r"\b(?:line|number|no|by)\s+$", re.IGNORECASE)
"""What a small number has beside it where it is one: “two of them” is none, “one” is a word."""
_HOUR = rf"(?P<hour>1[0-2]|0?[1-9]|{'|'.join(_ONES[1:13])})"
_PAST = re.compile(rf"\b{SPOKEN}(?!\s*(?:%|:|\.\d|per\b|b))", re.IGNORECASE)
_TO = re.compile(r"\bto\b", re.IGNORECASE)
_TWO = re.compile(r"\b(?:from|between)\s+$", re.IGNORECASE)
_ONWARDS = re.compile(
    r"\s+(?:on(?:wards?)?\s*(?:$|[?!,;.])|(?:up\s+to|(?:un)?till?|to)\s+now\b)", re.IGNORECASE
)
_HALF_OF = re.compile(
    rf"(?P<lead>\b(?:since|at|from|until|till?|after|before|around|about)\s+)half\s+{_HOUR}\b",
    re.IGNORECASE,
)
_O_CLOCK = re.compile(rf"\b{_HOUR}\s?o['’]?\s?clock\b", re.IGNORECASE)
_ISH = re.compile(r"\b(?P<hour>[01]?\d|2[0-3])(?::(?P<minute>\d\d))?ish\b", re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?P<half>[ap])\.\s?m\b\.?", re.IGNORECASE)
_H_MIN = re.compile(r"\b(?P<hour>[01]?\d|2[0-3])h(?P<minute>[0-5]\d)\b", re.IGNORECASE)
_UP_TO_NOW = re.compile(
    rf"\b(?:from|between)\s+{_HOUR}(?::(?P<minute>[0-5]\d))?(?:\s?h(?:rs)?\b)?(?:\s+(?:today|this\s+morning))?"
    r"\s+(?:to|until|till?|up\s+to|and)\s+(?=(?:right\s+)?now\b)",
    re.IGNORECASE,
)
_BARE_TO_NOW = re.compile(
    r"(?<![\w.,:])(?<!\blast )(?<!\bpast )(?<!\bfor )(?<!\bthe )(?<!\bof )(?<!\bover )(?<!\bin )"
    r"(?<!\bfrom )(?<!\bsince )(?<!\bbetween )(?<!\bat )"
    r"(?:(?P<hour>[01]?\d|2[0-3])(?:\s?h|[:.h](?P<minute>[0-5]\d)(?:\s?h(?:rs)?)?)"
    r"|(?P<hour4>[01]\d|2[0-3])(?P<minute4>[0-5]\d)(?:\s?h(?:rs)?)?)"
    r"\s*(?:to|until|till?|up\s+to|[-–])\s*(?=(?:right\s+)?now\b)",
    re.IGNORECASE,
)
"""“6h until now”, “0600 to now”: from a time of day on, whatever else it could mean alone."""
_CLOCK_LAST = re.compile(
    r"(?P<word>\w+)(?P<gap>,?\s+)(?P<clock>\d{1,2}:\d{2}(?:\s?[ap]m)?|\d{1,2}\s?[ap]m)(?=\W*$)",
    re.IGNORECASE,
)
_TIMED_BY_WORDS = """
since from at between and to until till til untill after before befor around about by than towards
come or of starting
"""
_TIMED_BY = frozenset(_TIMED_BY_WORDS.split())
"""What a time of day stands behind; behind any other word, at the end, it is “at” it."""
_LATE = re.compile(
    r"\b0?(?P<hour>[1-9]|1[01]):(?P<minute>[0-5]\d)(?P<rest>\s+(?:today\s+|yesterday\s+)?"
    r"(?:(?:this|in\s+the|yesterday)\s+)?(?:afternoon|evening))\b",
    re.IGNORECASE,
)
_NAMED = ((re.compile(r"\b(?:noon|midday)\b", re.IGNORECASE), "12:00"),)
_BEFORE_CLOCK = (
    r"\b(?:since|from|at|between|and|to|until|till?|after|before|around|by)\s+(?:about\s+)?"
)
_FOUR = re.compile(
    rf"(?P<lead>{_BEFORE_CLOCK})(?P<hour>[01]\d|2[0-3])\.?(?P<minute>[0-5]\d)"
    r"(?=\s*(?:$|[?!,;]|\.(?!\d)|(?:h|hrs?|hours)\b|on\b|onwards?\b|and\b|to\b|till?\b|until\b|today\b"
    r"|yesterday\b|this\b|last\b|[-–]))(?:\s*(?:h|hrs?|hours)\b)?",
    re.IGNORECASE,
)
_HHMM = r"(?:[01]\d|2[0-3])[0-5]\d"
_HH_MM = rf"(?:(?:[01]?\d|2[0-3])[.:][0-5]\d|{_HHMM})"
_AT_LAST = r"(?!\w|[.:]\d)"
_SINCE = re.compile(
    rf"(?P<lead>\b(?:since|starting)\s+(?:about\s+)?|\bfrom\s+(?=\S+{_ONWARDS.pattern}))"
    rf"(?P<first>{_HH_MM})(?:\s?h(?:rs)?\b)?{_AT_LAST}",
    re.IGNORECASE,
)
"""“Since 6.45”, “from 0620 on”."""
_HM_TO_HM = re.compile(
    rf"(?<![\w.,:-])(?:(?P<first>{_HH_MM})\s*(?P<joint>till?|until)\s*(?P<last>{_HH_MM})"
    rf"|(?P<first2>0\d[0-5]\d|(?<!to )(?<!at )(?<!of )(?<!by ){_HHMM}(?=\s?[-–]\s?{_HHMM}\W*$))"
    rf"(?:\s?h(?:rs)?\b)?\s*(?P<joint2>to|till?|until|[-–])\s*(?P<last2>{_HHMM}))"
    rf"(?:\s?h(?:rs)?\b)?{_AT_LAST}",
    re.IGNORECASE,
)
"""“6.30 till 7.00”, “0630-0700”: by their form or by what joins them no amounts."""
_UNITS = ("minutes", "minute", "hours", "hour")
_UNIT_SLIP = re.compile(
    rf"(?P<lead>(?:\d|\b(?:last|past|next|an|half|quarter|{_BELOW_100}))\s)"
    r"(?P<unit>[hm][a-z]{3,7})\b",
    re.IGNORECASE,
)
_SOME_HOUR = rf"(?:(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?|{'|'.join(_ONES[1:13])})"
_SPAN_END = (
    r"(?=\s*(?:$|[?!,;]|\.(?!\d)|today\b|yesterday\b|this\b|last\b|in\s+the\b"
    r"|(?:on|for)\s+line\b|o['’]?clock\b))"
)
_FROM_TO = re.compile(
    rf"(?P<lead>\b(?:between|from)\s+)(?P<first>{_SOME_HOUR})(?:\s*(?P<half1>[ap]m))?\s*"
    rf"(?P<joint>and|to|until|till?|[-–])\s*(?P<last>{_SOME_HOUR})(?:\s*(?P<half2>[ap]m))?{_SPAN_END}",
    re.IGNORECASE,
)
_TO_CLOCK = re.compile(
    rf"(?P<lead>^|[,;]\s*|\b(?:today|yesterday|morning|afternoon|evening|shift|for|over)\s+)"
    rf"(?P<first>{_SOME_HOUR})(?:\s*(?P<half1>[ap]m))?\s*"
    r"(?P<joint>to|until|till?|[-–])\s*(?:(?P<last>[01]?\d:[0-5]\d|2[0-4]:[0-5]\d)"
    r"(?:\s*(?P<half2>[ap]m))?|(?P<last2>(?:[01]?\d|2[0-4])(?:[.][0-5]\d)?)"
    r"(?:\s*(?P<half3>[ap]m)|(?=\s+(?:this|in\s+the|yesterday)\b)))(?!\w)",
    re.IGNORECASE,
)
"""“8 until 8:45”, “5 to 5.30 this morning”: without “from”, where one is sure to be a time."""
_UNTIL = re.compile(
    rf"\b(?:till?|until|up\s+to)\s+(?P<hour>[01]?\d|2[0-3]|{'|'.join(_ONES[1:13])})"
    r"(?=\s*(?:$|[?!,;]|\.(?!\d)|o['’]?clock\b|today\b|tonight\b))",
    re.IGNORECASE,
)
_SINCE_ELSE = re.compile(r"\bsince\b|\b(?:this|last) shift\b", re.IGNORECASE)
_PARTS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0}
_PART = (
    r"(?P<n>(?:an?|one)\s+)?(?P<part>half|third|quarter|fifth|tenth)"
    r"|(?P<several>two|three|four)\s+(?P<parts>thirds|quarters|fifths|tenths)"
)
_PART = rf"(?:{_PART})"
_OWNED = (
    r"(?:of\s+)?(?:(?:its|the|their|his|full|normal|usual|present|current|rated)\s+){0,2}"
    r"(?:speed|rate|pace|capacity|output|throughput)\b"
)
_OWN = rf"(?:{_OWNED})"
_OF_SPEED = re.compile(rf"\b(?:(?P<at>at|to|with|on)\s+)?{_PART}\s+{_OWN}", re.IGNORECASE)
_MORE = re.compile(
    rf"\b(?:by\s+)?{_PART}\s+(?P<way>less|more|slower|faster|quicker|lower|higher|fewer|down|up|off)\b",
    re.IGNORECASE,
)
_BY_PART = re.compile(rf"\bby\s+{_PART}(?=\s*(?:$|[.,;?!]|on\b|for\b|and\b))", re.IGNORECASE)
_HALF_OPEN = re.compile(
    r"\b(?P<verb>open(?:s|e?d|ing)?)\b(?P<what>[^,;.?!\d]{0,40}?)\s+half(?:[\s-]?way)?"
    r"(?=\s*(?:$|[,;.?!]))"
    r"|\bhalf(?:[\s-]?way)?[\s-]open\b",
    re.IGNORECASE,
)
_AND_A_HALF = re.compile(
    r"\b(?P<n>an?|one|\d+)\s+(?P<unit>hours?|minutes?)\s+and\s+a\s+(?P<part>half|quarter)\b",
    re.IGNORECASE,
)
_SPACED = re.compile(
    r"(?P<lead>\b(?:at|to|of|by|with|around|about)\s)(?P<thousands>[1-9]\d{0,2}) (?P<rest>\d{3})"
    r"(?=\s*(?:bp[hm]\b|[a-z]+\s?/|[a-z]+\s(?:per|an?)\s|/|per\b))",
    re.IGNORECASE,
)
"""A space between thousands, where no name ends before it: “filler 3 480 b/min” is none."""
_AGAIN = re.compile(
    r"(?P<said>(?<![\w.,])(?P<n>\d[\d.]*)\s?[^\d,;()]{1,24}?)\s?[,(]\s?(?P=n)\s?[^\s,;()]{1,12}\)?"
    r"(?=[\s.,;?!]|$)"
)
"""The same number once more: “80 per cent, 80 %”, “20 minutes (20 min)”."""
_TIMES = re.compile(
    rf"(?<![\d.,])(?P<share>[01]?[.,]\d{{1,3}})\s*(?:of|times|x)\s+(?={_OWNED}|what\b)",
    re.IGNORECASE,
)


_PLUS = re.compile(
    r"(?<![\w.,+])\+\s?(?P<share>\d+(?:[.,]\d+)?)\s?(?:%|per\s?cent\b)(?!\s+(?:more|faster|higher)\b)",
    re.IGNORECASE,
)
"""“+5 %”: more by so much, never to so much."""


def figures(text: str) -> str:
    """The text with its numbers, shares and times of day as figures; the rest as it is."""
    text = _HALF_OF.sub(lambda m: f"{m['lead']}{_clock(_number(m['hour']), 30)}", text)
    text = _PAST.sub(_past, text)
    text = _O_CLOCK.sub(lambda m: _clock(_number(m["hour"]), 0), text)
    text = _ISH.sub(lambda m: _clock(int(m["hour"]), int(m["minute"] or 0)), text)
    text = _SPOKEN.sub(r"\g<half>m", text)
    text = _H_MIN.sub(lambda m: _clock(int(m["hour"]), int(m["minute"])), text)
    text = _UP_TO_NOW.sub(
        lambda m: f"since {_clock(_number(m['hour']), int(m['minute'] or 0))} until ", text
    )
    text = _BARE_TO_NOW.sub(_since, text)
    for named, clock in _NAMED:
        text = named.sub(clock, text)
    text = _AND_A_HALF.sub(_and_a_half, text)
    text = _UNIT_SLIP.sub(lambda m: m["lead"] + _unit_of(m["unit"]), text)
    text = _SINCE.sub(lambda m: m["lead"] + _hh_mm(m["first"]), text)
    text = _HM_TO_HM.sub(_hm_to_hm, text)
    text = _FOUR.sub(lambda m: f"{m['lead']}{m['hour']}:{m['minute']}", text)
    text = _HALF_OPEN.sub(lambda m: f"{m['verb'] or 'open'}{m['what'] or ''} to 50 %", text)
    text = _OF_SPEED.sub(lambda m: f"{m['at'] or 'at'} {_share(m)} % of its speed", text)
    text = _MORE.sub(lambda m: f"{_share(m)} % {m['way']}", text)
    text = _BY_PART.sub(lambda m: f"by {_share(m)} %", text)
    text = _SPELT.sub(_spelt, text)
    text = _SPACED.sub(r"\g<lead>\g<thousands>\g<rest>", text)
    text = _TO_CLOCK.sub(_from_to, _FROM_TO.sub(_from_to, text))
    text = _UNTIL.sub(lambda m: f"until {_clock(_number(m['hour']), 0)}", text)
    text = _LATE.sub(lambda m: f"{_clock(int(m['hour']) + 12, int(m['minute']))}{m['rest']}", text)
    text = _PLUS.sub(r"\g<share> % more", _CLOCK_LAST.sub(_at_last, text))
    text = _AGAIN.sub(r"\g<said>", text)
    return _TIMES.sub(lambda m: f"{_plain(100 * float(m['share'].replace(',', '.')))} % of ", text)


def counted(word: str) -> bool:
    """Whether a word is a number above one."""
    return _SMALL.get(word.lower(), 0) > 1


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _SMALL[word.lower()]


def _clock(hour: int, minute: int) -> str:
    hours, minutes = divmod((60 * hour + minute) % 1440, 60)
    return f"{str(hours).zfill(2)}:{str(minutes).zfill(2)}"


def _since(found: "re.Match[str]") -> str:
    hour, minute = found["hour"] or found["hour4"], found["minute"] or found["minute4"]
    return f"since {_clock(int(hour), int(minute or 0))} until "


def _at_last(found: "re.Match[str]") -> str:
    dated = found.string[: found.start()][-1:] in {"-", "/", "."}  # “2025-11-21 22:00”
    if found["word"].lower() in _TIMED_BY or (dated and found["word"].isdigit()):
        return found.group()
    return f"{found['word']}{found['gap']}at {found['clock']}"


def _past(found: "re.Match[str]") -> str:
    before, behind = found.string[: found.start()], found.string[found.end() :]
    if _TO.search(found.group()) and _TWO.search(before) and not _ONWARDS.match(behind):
        return found.group()  # “from ten to seven” may be two times
    return clock_of(found.group())


def _from_to(found: "re.Match[str]") -> str:
    parts = found.groupdict()
    bare = not (re.search(r"[:.]", found.group()) or parts["half1"] or parts.get("half2"))
    if bare and parts["joint"] == "and" and _SINCE_ELSE.search(found.string):
        return found.group()  # “between one and four, which was better since six?”
    last, half = parts["last"] or parts.get("last2", ""), parts["half2"] or parts.get("half3") or ""
    first = _hours(parts["first"], parts["half1"] or half)
    return f"{parts['lead']}{first} {parts['joint']} {_hours(last, half)}"


def _hours(said: str, half: str) -> str:
    """An hour, or an hour and minutes, as a time of day."""
    hour, _, minute = said.replace(".", ":").partition(":")
    hours = _number(hour)
    hours = hours % 12 + (12 if half.lower() == "pm" else 0) if half else hours
    return _clock(hours, int(minute or 0))


def _and_a_half(found: "re.Match[str]") -> str:
    whole = int(found["n"]) if found["n"].isdigit() else 1
    part = 0.5 if found["part"].lower() == "half" else 0.25
    return f"{_plain(whole + part)} {found['unit'].removesuffix('s')}s"


def _hm_to_hm(found: "re.Match[str]") -> str:
    first, last = found["first"] or found["first2"], found["last"] or found["last2"]
    return f"{_hh_mm(first)} {found['joint'] or found['joint2']} {_hh_mm(last)}"


def _hh_mm(said: str) -> str:
    """Hours and minutes, with whatever stands between them, as a time of day."""
    return _clock(int(said[:-2].rstrip(".:")), int(said[-2:]))


def _unit_of(word: str) -> str:
    """The unit of time that a word is a slip of, or the word."""
    slip = (unit for unit in _UNITS if OSA.distance(word.lower(), unit) == 1)
    return word if word.lower() in _UNITS else next(slip, word)


def _share(found: "re.Match[str]") -> str:
    if found["part"]:
        return _plain(_PARTS[found["part"].lower()])
    return _plain(_number(found["several"]) * _PARTS[found["parts"].lower().removesuffix("s")])


def _plain(value: float) -> str:
    return str(round(value, 4)).removesuffix(".0")


def _spelt(found: "re.Match[str]") -> str:
    if found["hundreds"]:
        lead = found["hundreds"].lower()
        total = 100 * (1 if lead in {"a", "an"} else _SMALL[lead])
        rest = found["rest"]
    else:
        total, rest = 0, found["small"]
    if rest:
        total += sum(_SMALL[word] for word in re.split(r"[\s-]+", rest.lower()))
    whole = found.string
    counts = _MEASURED.match(whole, found.end()) or _LEADS.search(whole[: found.start()])
    if total <= _FEW and not counts:
        return found.group()
    return f"{total}.5" if found["half"] else str(total)
