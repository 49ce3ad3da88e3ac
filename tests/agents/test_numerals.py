"""Numbers, times and shares in words are read as what they are worth, or as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.claims import claims
from agents.numerals import spelled_at

_ENGLISH = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_GERMAN = (
    "null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
    "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn",
    "neunzehn",
)  # fmt: skip
_TENS = (
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
    ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"),
)
UNITS = frozenset({"bar", "bottle", "bottle/min", "%", "s", "min", "h"})


def english(n, joint=" and "):
    if n < 20:
        return _ENGLISH[n]
    if n < 100:
        return _TENS[0][n // 10 - 2] + (f"-{_ENGLISH[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{_ENGLISH[n // 100]} hundred" + (joint + english(n % 100) if n % 100 else "")
    rest = n % 1000
    between = joint if rest < 100 else " "
    return f"{english(n // 1000, joint)} thousand" + (
        between + english(rest, joint) if rest else ""
    )


def german(n):
    if n < 20:
        return _GERMAN[n]
    if n < 100:
        return (f"{_GERMAN[n % 10]}und" if n % 10 else "") + _TENS[1][n // 10 - 2]
    if n < 1000:
        return f"{_GERMAN[n // 100]}hundert" + (german(n % 100) if n % 100 else "")
    return f"{german(n // 1000)}tausend" + (german(n % 1000) if n % 1000 else "")


@given(st.integers(13, 999_999), st.sampled_from([english, lambda n: english(n, " "), german]))
def test_any_number_is_read_as_its_value(n, spell):
    """Up to a million, in English with and without “and”, and in German."""
    said = spell(n)
    (claim,) = claims(f"It makes {said} today.", UNITS)
    assert claim.number is not None
    assert (claim.number.value, claim.text) == (float(n), said)


@given(st.integers(1, 999_999), st.integers(0, 99))
def test_decimals_are_read_behind_their_point(whole, part):
    """“One point zero five bar” is 1.05 bar, exactly as said."""
    digits = " ".join(_ENGLISH[int(d)] for d in f"{part:02d}")
    (claim,) = claims(f"{english(whole)} point {digits} bar", UNITS)
    assert claim.number is not None
    assert claim.number.value == pytest.approx(whole + part / 100)
    assert claim.number.unit == "bar"
    assert claim.number.step == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("neuf cent soixante-dix-sept", 977), ("quatre-vingt-onze", 91), ("mil doscientos", 1200),
        ("novecientos setenta y dos", 972), ("novecentosettantadue", 972), ("ventuno", 21),
        ("negenhonderdtweeënzeventig", 972), ("novecentos e setenta", 970),
        ("dziewięćset siedemdziesiąt", 970), ("niohundrasjuttiofem", 975),
        ("two and a half", 2.5), ("a hundred and five", 105), ("one hundred thousand", 100_000),
    ],
)  # fmt: skip
def test_numbers_of_other_languages_and_shapes_are_read_whole(said, value):
    """As each language makes them."""
    found = spelled_at(said, 0)
    assert found is not None
    assert (found.kind, found.value, found.end) == ("number", value, len(said))


@pytest.mark.parametrize(
    ("said", "text"),
    [("half past two", "02:30"), ("a quarter to six", "05:45"), ("twenty past seven", "07:20"),
     ("six o'clock", "06:00"), ("halb drei", "02:30"), ("Viertel nach drei", "03:15"),
     ("dreiviertel vier", "03:45"), ("sechs Uhr dreißig", "06:30"), ("zehn vor zwölf", "11:50")],
)  # fmt: skip
def test_times_of_day_are_read_in_either_half_of_the_day(said, text):
    """In English and German."""
    (claim,) = claims(f"since {said}", UNITS)
    assert (claim.kind, claim.text) == ("spoken", text)


@pytest.mark.parametrize(
    ("said", "share"),
    [("two thirds", 2 / 3), ("two-thirds", 2 / 3), ("a tenth", 0.1), ("zwei Drittel", 2 / 3),
     ("three quarters", 0.75), ("ein Fünftel", 0.2)],
)  # fmt: skip
def test_shares_are_ratios(said, share):
    """However they are joined."""
    (claim,) = claims(f"down by {said}", UNITS)
    assert claim.number is not None
    assert claim.kind == "ratio"
    assert claim.number.value == pytest.approx(share)


def test_words_that_make_no_number_together_are_several():
    """“Nine seventy” is not seventy-nine, and what is no number is none."""
    assert [c.text for c in claims("nine seventy", UNITS)] == ["nine", "seventy"]
    for said in ("once due", "the one before", "tender", "someone", "often"):
        assert [c for c in claims(said, UNITS) if c.kind == "number"] == []


@given(st.text(max_size=120), st.integers(0, 120))
def test_any_text_is_read_without_an_error(text, start):
    """And never past its end."""
    found = spelled_at(text, min(start, len(text)))
    assert found is None or found.end <= len(text)
