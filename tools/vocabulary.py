"""Which words of a measurement's name no name of the plant has: “the noise level” of a filler.

What is called by such a word is measured nowhere, and no other measurement is taken for it. It
must never decide which measurement is meant: `Names` does.
"""

from rapidfuzz import fuzz, process

from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_SPEECH_WORDS = """
a actual an and at average by current for from gauge highest in indicator instrument is its latest
live lowest maximum mean measured measurement minimum newest now of on our over per present probe
process reading readings real sensor signal that the there this to total transmitter value values
what
"""
_PEOPLE_WORDS = """
lad lads lass lasses girl girls guy guys boy boys fella fellas folk folks people crew crews team
teams gang man men woman women fitter fitters mechanic mechanics operator operators gaffer boss
"""
_HOLDING_WORDS = """
pinch choke weak weakest slow slowest slowcoach snail laggard straggler tight tightest spot brake
culprit snag holdup logjam constraint pacemaker pacesetter
"""
"""What holds a line up: “the tight spot on 3”."""
_SPEECH = frozenset((_SPEECH_WORDS + _PEOPLE_WORDS + _HOLDING_WORDS).split())
_FORGIVEN_FROM = 4
_ALIKE = 84.0


def strange(said: str, names: Names) -> tuple[str, ...]:
    """The words that no name of the plant has and speech does not need; misspelling forgiven."""
    own = names.vocabulary
    return tuple(w for w in tokens(said) if w not in _SPEECH and w not in own and not _like(w, own))


def _like(word: str, own: frozenset[str]) -> bool:
    """Whether it is the beginning, the plural or a small misspelling of a word."""
    if word.isdigit() or word.removesuffix("s") in own:
        return True
    if len(word) < _FORGIVEN_FROM:
        return False
    if any(other.startswith(word) for other in own):
        return True
    near = process.extractOne(word, own, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return near is not None
