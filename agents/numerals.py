"""Numbers, times of day and shares that are written out in words, as nine languages spell them.

“Nine hundred and seventy”, “neunhundertsiebzig”, “one point five”, “half past two”, “halb drei”,
“two thirds”. Numbers below a billion in all nine; times and shares in English and German. It must
never guess: words that make no number in the order in which they stand are several numbers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_VALUES = (*range(20), *range(20, 100, 10), 100, 1_000, 1_000_000)
_SPELLED = {
    "en": "zero one two|both three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty|fourty fifty sixty"
    " seventy eighty ninety hundred thousand million",
    "de": "null ein|eins|eine zwei|zwo|beide drei vier fünf sechs sieben acht neun zehn elf zwölf"
    " dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig dreißig|dreissig"
    " vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend million|millionen",
    "fr": "zéro un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze"
    " quinze seize dix-sept dix-huit dix-neuf vingt|vingts trente quarante cinquante soixante"
    " septante huitante|octante nonante cent|cents mille million|millions",
    "es": "cero uno|un|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce"
    " quince dieciséis diecisiete dieciocho diecinueve veinte treinta cuarenta cincuenta sesenta"
    " setenta ochenta noventa cien|ciento mil millón|millones",
    "it": "zero uno|un|una due tre|tré quattro cinque sei sette otto nove dieci undici dodici"
    " tredici quattordici quindici sedici diciassette diciotto diciannove venti|vent trenta|trent"
    " quaranta|quarant cinquanta|cinquant sessanta|sessant settanta|settant ottanta|ottant"
    " novanta|novant cento|cent mille|mila milione|milioni",
    "nl": "nul een|één twee|beide drie vier vijf zes zeven acht negen tien elf twaalf dertien"
    " veertien vijftien zestien zeventien achttien negentien twintig dertig veertig vijftig zestig"
    " zeventig tachtig negentig honderd duizend miljoen",
    "pt": "zero um|uma dois|duas três quatro cinco seis sete oito nove dez onze doze treze"
    " catorze|quatorze quinze dezasseis|dezesseis dezassete|dezessete dezoito dezanove|dezenove"
    " vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem|cento mil"
    " milhão|milhões",
    "pl": "zero jeden|jedna|jedno dwa|dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć"
    " jedenaście dwanaście trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście"
    " dziewiętnaście dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt"
    " siedemdziesiąt osiemdziesiąt dziewięćdziesiąt sto tysiąc|tysiące|tysięcy"
    " milion|miliony|milionów",
    "sv": "noll ett|en två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton"
    " sexton sjutton arton nitton tjugo trettio fyrtio femtio sextio sjuttio åttio nittio hundra"
    " tusen miljon|miljoner",
}
"""Of each language 0 to 19, the tens, and what multiplies; what has more spellings with all."""
_OWN: Mapping[str, Mapping[str, int]] = {
    "es": {
        **{f"veinti{one}": 20 + n for n, one in enumerate(
            ["uno", "dós", "trés", "cuatro", "cinco", "séis", "siete", "ocho", "nueve"], 1)},
        **{f"{stem}ient{end}": 100 * n for n, stem in (
            (2, "dosc"), (3, "tresc"), (4, "cuatroc"), (5, "quin"), (6, "seisc"), (7, "setec"),
            (8, "ochoc"), (9, "novec")) for end in ("os", "as")},
    },
    "pt": {f"{stem}ent{end}": 100 * n for n, stem in (
        (2, "duz"), (3, "trez"), (4, "quatroc"), (5, "quinh"), (6, "seisc"), (7, "setec"),
        (8, "oitoc"), (9, "novec")) for end in ("os", "as")},
    "pl": {said: 100 * n for n, said in enumerate(
        ("dwieście", "trzysta", "czterysta", "pięćset", "sześćset", "siedemset", "osiemset",
         "dziewięćset"), 2)},
}  # fmt: skip
"""Of some also twenties and hundreds that are words of their own."""
_JOINTS = {"en": "and", "de": "und", "fr": "et", "es": "y", "nl": "en|ën", "pt": "e", "it": "e"}
_BACKWARDS = frozenset({"de", "nl"})
"""Ones before tens: “neunundneunzig”."""
_POINT = re.compile(r"\s(?:point|komma|virgule|coma|virgola|vírgula|przecinek)\s", re.IGNORECASE)
_HALF = re.compile(r"\sand\sa\shalf(?!\w)", re.IGNORECASE)
_MINUS = re.compile(r"\b(?:minus|negative)\s$", re.IGNORECASE)
_ARTICLE = re.compile(r"an?\s(?=(?:hundred|thousand|million)\b)", re.IGNORECASE)
_GAP = re.compile(r"[-‐‑]|\s{1,2}")
_WORD = re.compile(r"[^\W\d_]+")
_PARTS = {
    **{f"{part}{end}": over for over, part in enumerate(
        ("third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 3)
       for end in ("", "s")},
    "drittel": 3, "viertel": 4, "fünftel": 5, "sechstel": 6, "siebtel": 7, "achtel": 8,
    "neuntel": 9, "zehntel": 10,
    "hundredth": 100, "hundredths": 100, "hundertstel": 100,
}  # fmt: skip
_SHARE = re.compile(rf"[-\s](?P<part>{'|'.join(_PARTS)})(?![\w-])", re.IGNORECASE)
_A = re.compile(r"(?:an?|one|eine?)(?=[-\s])", re.IGNORECASE)
_HOURS = {
    word: hour
    for language in ("en", "de")
    for hour, said in enumerate(_SPELLED[language].split()[:30])
    for word in said.split("|")
    if hour
}
_NUMBER = "|".join(sorted(_HOURS, key=len, reverse=True))
_CLOCK = re.compile(
    rf"(?:(?P<part>half|(?:a\s)?quarter|viertel|(?:twenty[-\s])?(?:{_NUMBER}))"
    rf"(?:\s(?:minutes?|minuten))?\s(?P<way>past|after|nach|to|before|vor)\s(?P<hour>{_NUMBER})"
    rf"|(?P<halb>halb|dreiviertel)\s(?P<next>{_NUMBER})"
    rf"|(?P<whole>{_NUMBER})\s(?P<mark>o['’]clock|uhr)(?:\s(?P<more>[^\W\d_]+))?)(?!\w)",
    re.IGNORECASE,
)
_BEGINS_CLOCK = frozenset({"half", "a", "quarter", "viertel", "halb", "dreiviertel", *_HOURS})
_TWELVE = 12
_MOST_WORDS = 14


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number, time or share that is written out.

    Attributes:
        kind: `clock` is a time of day that may be of either half of the day.
        value: its value; of a time minutes after twelve.
        step: the smallest step its spelling shows.
        end: where it ends.
        signed: whether it was called negative.
        plain: whether it can be nothing but a number: no single word that is small, or is short
            and of a language in which it may mean something else.
    """

    kind: Literal["number", "ratio", "clock"]
    value: float
    step: float
    end: int
    signed: bool = False
    plain: bool = True


def spelled_at(text: str, start: int) -> Spelled | None:
    """What is written out from a place on: the longest reading in any language, or None."""
    word = _WORD.match(text, start)
    if word is None:
        return None
    first = word.group(0).lower()
    found = _clock(text, start) if first in _BEGINS_CLOCK else None
    if found is not None:
        return found
    after = _ARTICLE.match(text, start)
    at = after.end() if after else start
    if after or any(True for _ in _morphemes(first)):
        found = max(
            (one for language in _SPELLED if (one := _number(text, at, language))),
            key=lambda one: (one.end, one.plain), default=None,
        )  # fmt: skip
    article = None if found else _A.match(text, start)
    if found is None and article is None:
        return None
    share = _SHARE.match(text, found.end if found else article.end() if article else start)
    if share is None:
        return found
    over = _PARTS[share.group("part").lower()]
    return Spelled("ratio", (found.value if found else 1.0) / over, 0.0, share.end())


def _number(text: str, start: int, language: str) -> Spelled | None:
    """The number from a place on, in one language."""
    done = current = 0
    words, end, at, joint = 0, start, start, False
    joins = _JOINTS.get(language, "").split("|")
    while words < _MOST_WORDS and (word := _WORD.match(text, at)) is not None:
        said = word.group(0).lower()
        if said in joins and words and not joint and (language != "en" or current % 100 == 0):
            joint = True
        else:
            values = next((v for own, v in _morphemes(said) if own == language), None)
            if values is None:
                break
            added = _added(done, current, values, language, joint=joint) if words else None
            if words and added is None:
                break
            done, current = added or _added(0, 0, values, language) or (0, 0)
            words, end, joint = words + 1, word.end(), False
        gap = _GAP.match(text, word.end())
        if gap is None:
            break
        at = gap.end()
    if not words:
        return None
    return _decimals(text, end, done + current, language, words=words, start=start)


def _decimals(
    text: str, end: int, value: float, language: str, *, words: int, start: int
) -> Spelled:
    """A whole number with what is said behind its point, and its sign."""
    step = 1.0
    half, point = _HALF.match(text, end), _POINT.match(text, end)
    if half is not None:
        value, step, end = value + 0.5, 0.1, half.end()
    elif point is not None:
        at = point.end()
        while (word := _WORD.match(text, at)) is not None:
            values = next(
                (v for own, v in _morphemes(word.group(0).lower()) if own == language), ()
            )
            if len(values) != 1 or not isinstance(digit := values[0], int) or digit > 9:
                break
            step, end = step / 10, word.end()
            value, at = value + digit * step, end + 1
    minus = _MINUS.search(text, max(0, start - 10), start) is not None
    sure = 3 if language in {"en", "de"} else _TWELVE + 1
    plain = words > 1 or step < 1 or minus or value >= sure
    return Spelled("number", -value if minus else value, step, end, minus, plain)


def _added(
    done: int, current: int, values: "tuple[int | str, ...]", language: str, *, joint: bool = False
) -> tuple[int, int] | None:
    """What a number comes to with more words behind it; None if they cannot follow."""
    fresh = done == current == 0
    for value in values:
        if isinstance(value, str):
            joint = True
            continue
        tail = current % 100
        if value >= 1000:
            if done and value >= 1000 * (1000 if done % 1_000_000 == 0 else 1):
                return None
            done, current = done + (current or 1) * value, 0
        elif value == 100 and language not in {"es", "pt", "pl"}:
            if current > 9:
                return None
            current = (current or 1) * 100
        elif value >= 100:
            if current:
                return None
            current = value
        elif language == "fr" and tail == 4 and value == 20:
            current += 76
        elif (tail == 0 and (fresh or value)) or _follows(tail, value, language, joint=joint):
            current += value
        else:
            return None
        fresh, joint = False, False
    return done, current


def _follows(tail: int, value: int, language: str, *, joint: bool) -> bool:
    """Whether a number below twenty, or a ten, can stand behind the tens or ones before it."""
    if language in _BACKWARDS:
        return joint and tail < 10 and value >= 20
    if tail >= 20 and tail % 10 == 0 and 0 < value < 10:
        return True
    teens = tail in {60, 80} and 10 <= value < 20
    return language == "fr" and (teens or (tail in {10, 70, 90} and 7 <= value < 10))


def _clock(text: str, start: int) -> Spelled | None:
    """“Half past two”, “quarter to six”, “halb drei”, “zehn nach zwei”, “six o'clock”."""
    found = _CLOCK.match(text, start)
    if found is None:
        return None
    end, said = found.end(), {k: v.lower() for k, v in found.groupdict().items() if v}
    if "whole" in said:
        more = _number(text, found.start("more"), "de") if "more" in said else None
        end = more.end if more else found.end("mark")
        value = 60 * _HOURS[said["whole"]] + (int(more.value) if more else 0)
    elif "halb" in said:
        value = 60 * _HOURS[said["next"]] - (30 if said["halb"] == "halb" else 15)
    else:
        part = said["part"].removeprefix("a ")
        named = {"half": 30, "quarter": 15, "viertel": 15}
        minutes = named.get(part) or sum(_HOURS[one] for one in re.split(r"[-\s]", part))
        away = -1 if said["way"] in {"to", "before", "vor"} else 1
        value = 60 * _HOURS[said["hour"]] + away * minutes
    return Spelled("clock", float(value % (60 * _TWELVE)), 0.0, end)


@lru_cache(maxsize=4096)
def _morphemes(word: str) -> "tuple[tuple[str, tuple[int | str, ...]], ...]":
    """(language, its numbers in order) of a word that is made of nothing else."""
    return tuple(
        (language, tuple(values.get(part, part) for part in pieces.findall(word)))
        for language, (whole, pieces, values) in _TABLES.items()
        if whole.fullmatch(word)
    )


def _tables() -> "Iterator[tuple[str, tuple[re.Pattern[str], re.Pattern[str], dict[str, int]]]]":
    for language, spelled in _SPELLED.items():
        values = {
            word: value
            for value, said in zip(_VALUES, spelled.split(), strict=True)
            for word in said.split("|")
        } | dict(_OWN.get(language, {}))
        one = "|".join(sorted(map(re.escape, values), key=len, reverse=True))
        joints = _JOINTS.get(language, "") if language in _BACKWARDS else ""
        piece = f"(?:{one})(?:(?:{joints})(?=(?:{one})))?" if joints else f"(?:{one})"
        yield (
            language,
            (
                re.compile(rf"(?:{piece})+"),
                re.compile(f"{one}|{joints}" if joints else one),
                values,
            ),
        )


_TABLES = dict(_tables())
