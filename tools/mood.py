"""What a part of a report does: it tells a fact, says that something is not so, or does neither.

A fact is what is asserted in the indicative, of the past or the present, and not negated. What is
asked, supposed, meant to be done, asked for or only nearly so is open: whatever it names, nobody
says that it is so. What stands in the scope of a negation is not asserted; that a machine does not
do its work is a fact all the same. In doubt it is open. It must never know a plant or a class by
name.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from tools.mode_words import stems

Mood = Literal["told", "denied", "open"]
Openness = Literal["", "asked", "supposed", "meant"]

_FLAGS = re.IGNORECASE
_SENTENCE = re.compile(r"(?:[;.!\n]|\?)+(?=\s|$)")
_CLAUSE = re.compile(r",\s*|\s+(?:but|and then)\s+|\s*:\s+(?=not\b)", _FLAGS)
_BUT = re.compile(r"\bbut\s*$", _FLAGS)
_LEAD = re.compile(
    r"^\W*(?:(?:no|nope|yes|yeah|well|oh|sorry|but|and|so(?!\s+that)|then|now|also|just)\b(?!\s+(?:longer|one))"
    r"(?=\W|$))\W*",
    _FLAGS,
)
_BE = r"(?:is|are|was|were|am|be|been|being)"
_AUX = (
    rf"(?:{_BE}|has|have|had|do|does|did|can|could|will|would|shall|should|may|might|must|need"
    r"|ought)"
)
NAME = "qq"
"""What stands for the name of a machine in the words that are read here."""
_SUBJECT = (
    rf"(?:{NAME}|it|that|this|these|those|there|the|an?|any\w*|some\w*|no\w*|we|you|he|she|they|i|my|our"
    r"|your|his|her|their|its|all|both|each|every\w*)"
)
_LACKS = re.compile(rf"^\W*no\s+(?!{_SUBJECT}\b)\w", _FLAGS)
"""“No jam”, not “no, it jammed”."""
_AND = re.compile(
    rf"\s+(?=(?:because|although|though|while|whereas|due\s+to)\b)|\s+and\s+(?=not\b|neither\b|never\b"
    rf"|(?:it|that|this|there|we|i|he|she|they|\w*body|\w*one)\s+|(?:the|an?|our)\s+(?:[\w-]+\s+){{1,5}}?"
    rf"(?:{_AUX}\b|{_AUX}n['’]?t\b|\w{{3,}}(?:ed|s)\b))|\s+(?=(?:rather\s+than|instead\s+of)\b)",
    _FLAGS,
)
"""Where a part may begin that says otherwise than what stands before it."""
_VERB = re.compile(rf"\b(?:{_AUX}(?:n['’]?t)?|\w+['’](?:s|re|ve|m)|\w{{3,}}ed|\w+ing)\b", _FLAGS)
_NOT_THE = re.compile(r"\s(?=not\s+(?:the|an?|that|this|our|its|at|on)\b)", _FLAGS)
_BEFORE_NOT = re.compile(
    rf"\b(?:{_AUX}|['’](?:s|m|re)|certainly|definitely|surely|also|why)$", _FLAGS
)
_LOOKED = re.compile(
    r"\b(?:checked|inspected|examined|tested|verified|measured|looked\s+(?:at|into|over))\b", _FLAGS
)
"""Looking is not finding."""
_PERCEIVED = re.compile(
    r"\b(?:can|could)\s+(?=(?:\w+ly\s+|just\s+)?(?:see|hear|smell|feel)\b)", _FLAGS
)
_ASIDE = re.compile(
    r"\bif\s+(?:you\s+ask\s+me|i(?:['’]?m|\s+am)\s+not\s+(?:mistaken|wrong)|i\s+(?:remember|recall"
    r"|see|saw)\s+(?:it\s+)?(?:right|rightly|correctly|well))\b|\bif\s+anything\b",
    _FLAGS,
)
"""What only says how sure somebody is."""
_ASKED = re.compile(
    rf"^(?!(?:had|have|has|need|do)\s+an?\b){_AUX}\s+{_SUBJECT}\b|^(?:(?:who|what|why|how)\b"
    rf"|when\s+{_AUX}\b|right$|correct$|or\s+not$)"
    r"|\b(?:wonder|don['’]?t\s+know|do\s+not\s+know|not\s+sure|unsure|no\s+idea|do\s+you\s+know"
    r"|question\s+is|any(?:one|body)\s+(?:know|seen|checked))",
    _FLAGS,
)
_SUPPOSED = re.compile(
    r"\b(?:if|unless|whether|suppos(?:e|ing)|assum(?:e|es|ing)|provided|in\s+case|lest|otherwise"
    r"|as\s+though|wish|imagine|say\s+that\s+the|in\s+the\s+event|except|hypothetically)\b"
    rf"|^had\s+{_SUBJECT}\b|^were\s+{_SUBJECT}\b|^should\s+{_SUBJECT}\b",
    _FLAGS,
)
_MODAL = r"(?:will|shall|would|should|may|might|could|can|must|ought)"
_MEANT = re.compile(
    rf"(?<!\d )\b{_MODAL}\b(?!\s+(?:19|20)?\d)|\b\w+['’](?:ll|d)\b|\b(?:gonna|wanna)\b"
    r"|\b(?:needs?|needed|ha(?:s|ve)|(?:is|are|was|were|am|be|['’](?:s|m|re))\s+(?:\w+\s+)?(?:about|going"
    r"|supposed|meant|scheduled|due|ready|unable|likely|unlikely)|about|going|plan(?:s|ned|ning)?"
    r"|intend(?:s|ed|ing)?|hop(?:e|es|ed|ing)|expect(?:s|ed|ing)?|tr(?:y|ies|ied|ying)|attempt(?:s|ed"
    r"|ing)?|wants?|wanted|wanting|decid(?:e|ed|ing)|prepar(?:e|ed|ing)|forg[eo]t|forgotten|unable"
    r"|how|like|try\s+and|ask(?:ed|ing)?(?:\s+\w+){1,3}|someone|somebody|told(?:\s+\w+){1,3})"
    r"\s+to\b(?!\s+(?:the|an?|it|this|that|\d)\b)|\bneeds?\s+(?:\w+\s+){0,2}?\w+ing\b|\bneed\s"
    r"|\b(?:perhaps|maybe|possibly|conceivably|potentially|presumably|nearly|almost|allegedly)\b"
    r"|\b(?:afraid|fear|worr(?:y|ied)|risk|danger|threat\w*)\b|\b(?:expect|hope|predict)\w*\s+(?:that\b"
    rf"|{_SUBJECT}\b)|\b(?:avoid|prevent|so\s+that|yet\s+to)\w*\b|^(?:before|until)\b(?!\s+\d)"
    r"|\b(?:recommend|suggest|propos|advis)(?:e|es|ed|ing|s)?\b|\b(?:want|wants|would\s+like)\b"
    r"|\b(?:instead\s+of|rather\s+than|far\s+from|anything\s+but|unlikely|doubtful|possible)\b"
    r"|\bimpossible\s+that\b|\b(?:is|are)\s+(?:scheduled|planned|due|overdue)\b|\b(?:due|next)\s*$"
    rf"|\b(?:scheduled|planned|due)\s+(?:for|at|on)\b|\b{NAME}\s+(?:(?:is|are)\s+)?to\s+be\b"
    r"|\bwaiting\s+(?:for|to)\b|\bplan(?:s|ning)?\s+\w+ing\b",
    _FLAGS,
)
_REQUEST = re.compile(
    r"\b(?:please|pls|kindly|let['’]?s|let\s+us|make\s+sure|ensure)\b"
    r"|^(?:somebody|someone|you|go|go\s+and|and|then)?\s*(?:(?:clear(?!\s+(?:now|again|since)|\s*$)|fix|replace|tighten|remove|inspect"
    r"|verify|unblock|unjam)\b|(?:check|clean|repair|change|swap|loosen|adjust|align|find|tell|ask|call"
    r"|send|bring|get|have|make|keep|take|try|test|watch|stop|start|restart|open|close|turn|switch|free"
    r"|refill|fill|grease|lubricate|oil|flush|drain|wash|rinse|lower|raise|increase|reduce|order"
    r"|schedule|plan|book|prepare|mind|remember|consider|look|see|do)\s+(?:\w+ly\s+|up\s+|out\s+|off\s+"
    r"|at\s+|into\s+|after\s+)?(?:the|an?|that|this|it|them|my|our|your|all|every|whether|how|why|who)"
    r"\b)",
    _FLAGS,
)
NEGATOR = re.compile(
    r"\b(?:not|never|no|nobody|no[\s-]one|none|nothing|nowhere|neither|nor|hardly|barely|scarcely"
    r"|seldom|rarely|without|cannot|ain['’]?t|no\s+longer|doubt|den(?:y|ies|ied)|ruled?\s+out"
    r"|exclud(?:e|es|ed)|false\s+that|untrue|free\s+(?:of|from)|(?:fail|refus)(?:s|es|ed)?\s+to)\b"
    r"|\b(?:is|are|was|were|has|have|had|do|does|did|ca|can|could|wo|would|should|might|must|need)n['’]?t\b",
    _FLAGS,
)
_SURE_MODAL = re.compile(
    r"\b(?:(?:will|would|can|could)\s?not|(?:wo|would|ca|could)n['’]?t|cant|wont)\b", _FLAGS
)
"""“It won't open”: that it does not, or would be another thing."""
_CLEFT = re.compile(
    r"^\W*(?:not|neither)\b|\b(?:it|that|this)\s+(?:was|is)\s+(?:not|neither|never)\b"
    r"|\b(?:it|that|this)(?:['’]s\s+(?:not|neither)|\s+(?:wasn|isn)['’]?t)\b"
    r"|\b(?:(?:is|are|was|were)\s+(?:not|never|neither)|(?:is|are|was|were)n['’]?t)\s+"
    r"(?:the|an?|it|that|this|because|due|caused|us|me|my|our|at)\b"
    r"|\b(?:doubt|(?:don['’]?t|do\s+not)\s+(?:believe|think))\s+(?:that\s+)?(?:it|this|that)\b",
    _FLAGS,
)
"""That it was none of what follows."""
_DONE = re.compile(
    r"\b(?:clear(?:ed|ing)?|fix\w*|repair\w*|freed|unjam\w*|unblock\w*|sort(?:ed)?|mend\w*|replac\w+"
    r"|tighten\w*|put|reset\w*|remov\w+|clean(?:ed|ing)|chang\w+|swap\w*|adjust\w*|servic\w+"
    r"|inspect\w*|look\w*|check\w*|touch\w*|stopped|switched|do(?:ne)?|wash\w*)\b",
    _FLAGS,
)
"""What people do; that they did not says nothing of a failure."""
FAILED = re.compile(
    r"\b(?:jam\w*|leak\w*|foul\w*|trip(?:s|ped|ping)?|stuck|stick(?:s|ing)?|sticky|slip\w*|fail\w*(?!\s+to)"
    r"|fault\w*|brok\w+|break(?:s|ing|down)?|broke|worn|wear\w*|block\w*|plugg\w*|clog\w*|loos\w+"
    r"|bent|drag\w*|crack\w*|burst\w*|torn|dirty|dirt|scal\w+|lime|stone|drift\w*|hung|hunting|hang\w*"
    r"|seiz\w+|bind\w*|bound|grab\w*|misalign\w*|damag\w+|dead|defect\w*|wrong|weak|slack|lost"
    r"|los(?:es?|ing)|missing|empty|dry|overheat\w*|hot|warm|cold|overload\w*|overflow\w*|cavitat\w*"
    r"|restrict\w*|obstruct\w*|throttled|limited|low|high|slow|fast|too|left|stopp\w+|stops?|stood"
    r"|stand(?:s|ing)|problems?|troubles?|issues?|matter|errors?|alarms?|shot|kaput\w*|bad|noisy|vibrat\w*"
    r"|shak\w+|fell|fall(?:s|en|ing)?|wrap\w*|scatter\w*|corrod\w*|rust\w*|contaminat\w*|spill\w*"
    r"|blow(?:s|ing|n)|off|out\s+of|collaps\w*|tilt\w*|mix\w*|lock\w*|waterlogged|passing|guilty"
    r"|responsible|cause[ds]?|culprit)\b",
    _FLAGS,
)
"""What is the matter with things."""
WORKS = re.compile(
    r"\b(?:open\w*|clos\w+|shut\w*|start\w*|run\w*|turn\w*|mov\w+|work\w*|function\w*|heat\w*|cool(?:s|ing)?"
    r"|reach\w*|hold\w*|held|keep\w*|kept|stay\w*|grip\w*|suck\w*|pull\w*|lift\w*|seal(?:s|ing)?|feed\w*"
    r"|fed|deliver\w*|suppl\w+|br(?:ing\w*|ought)|arriv\w*|com(?:e|es|ing)|came|get\w*|got|refill\w*"
    r"|fill(?:s|ed)?|flow\w*|drain\w*|build\w*|regulat\w*|respond\w*|react\w*|follow\w*|engag\w*"
    r"|releas\w*|rotat\w*|spin\w*|transport\w*|carr(?:y|ies)|lubricat\w*|greas\w*|stock|power|signal"
    r"|clean(?!\s+(?:the|it|that|this|them|an?|our|up|out)\b)|tight|fine|ok|okay|good|right|healthy|intact|there|available|enough|tension\w*|cut\w*)\b",
    _FLAGS,
)
"""What machines and their parts are to do; that they do not is a failure."""
_GOOD = re.compile(
    rf"\b(?:{_BE}|looks?|looked|runs?|ran|seems?|seemed|found(?:\s+it)?)\s+(?:\w+ly\s+|all\s+|quite\s+"
    r"|still\s+|as\s+)?(?:fine|ok|okay|right|good|healthy|clean|tight|intact|sound|normal|undamaged|free)\b"
    r"(?!\s+again)|\bnothing\s+(?:is\s+|was\s+)?(?:wrong|to\s+do)\b",
    _FLAGS,
)
_OURS_NOT = re.compile(
    r"\b(?:i|we)\s+(?:\w+\s+)?(?:not|never|\w+n['’]t|(?:did|do|have|had|could)nt)\b"
    r"(?!\s+(?:get|got|hav|receiv))",
    _FLAGS,
)
_NOBODY = re.compile(
    r"\b(?:nobody|no[\s-]one)\b(?!\s+(?:has\s+|had\s+|was\s+)?(?:brought|br|refill|fill|suppl|deliver"
    r"|fed|feed|there))",
    _FLAGS,
)
"""Whose not doing a thing is no failure: a supply that did not come is one."""
_IN_ORDER = re.compile(r"\b(?:ok|okay|fine|in\s+order)\s*$", _FLAGS)
_IS = re.compile(rf"\b{_BE}\b|['’]s\b", _FLAGS)
_NEITHER = re.compile(r"\bneither\b|\bnor\b", _FLAGS)
_SUBJECTS = re.compile(rf"\s*(?!{NAME}\b){_SUBJECT}\b", _FLAGS)
_OF_SAYING = re.compile(
    r"\b(?:true|case|so|think\w*|believ\w+|sa(?:y|ys|id)|claim\w*|know\w*|doubt|false)\b"
    r"|(?:\bnot|n['’]t)\s+that\s+\w",
    _FLAGS,
)
"""What is negated is said: it reaches over all that is said to be so."""
_PERHAPS = re.compile(r"(?:perhaps|maybe|possibly)\b", _FLAGS)
_NO_MORE = re.compile(
    r"\bno\s+longer\b|\bany\s?more\b|\b(?:hardly|barely|scarcely|seldom|rarely)\b", _FLAGS
)
"""What was so, or is so a little."""
_NOTHING_WRONG = re.compile(
    r"\bnothing\s+(?:is\s+|was\s+)?(?:wrong|to\s+do|the\s+matter)\b", _FLAGS
)
_FINE = re.compile(
    rf"\b(?:{_BE}|looks?|runs?|seems?)\s+(?:\w+\s+)?(?:fine|ok|okay|right|good|healthy)\b", _FLAGS
)
_LACK = re.compile(
    r"\b(?:no|not|lack\s+of|too\s+little|without)\s+(?P<done>.+)"
    r"|(?P<gone>.+)\b(?:missing|empty|lost|weak)\b",
    _FLAGS,
)
_UNDONE = re.compile(
    rf"(?:\b(?:not|never)|n['’]?t)\s+(?:\w+ly\s+|been\s+|quite\s+)*{WORKS.pattern}", _FLAGS
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report.

    Attributes:
        start, end: where it stands in the report, `end` excluded.
        open: why it tells no fact; empty where it may.
        words: what is said in it, without names of machines.
        negated: of these those in the scope of a negation; empty where there is none.
    """

    start: int
    end: int
    open: Openness
    words: str
    negated: str

    @property
    def of_all(self) -> bool:
        """Whether what it denies is whatever may be the matter: “it was not”, “is fine”."""
        return any(form.search(self.words) for form in (_CLEFT, _NOTHING_WRONG, _FINE))

    def mood(self, known: Collection[str] = ()) -> Mood:
        """What it does, where its words are about failures that are described by these texts.

        Denied is what is said to be no cause, or not to have failed. That something does not do its
        work is told, and so is that there is none of what fails by running out; that nobody did
        something, or what else is negated, is open.
        """
        if self.open:
            return "open"
        if self.negated:
            return self._negated(known)
        if _GOOD.search(self.words) and not FAILED.search(_GOOD.sub(" ", self.words)):
            return "denied"
        looked = _LOOKED.search(self.words)
        found = looked and (FAILED.search(self.words) or _IS.search(self.words))
        if _IN_ORDER.search(self.words) and not found and not _DONE.search(self.words):
            return "open" if FAILED.search(self.words) else "denied"
        return "open" if looked and not found else "told"

    def _negated(self, known: Collection[str]) -> Mood:
        several = len(NEGATOR.findall(self.words)) > 1 and not _NEITHER.search(self.words)
        if several or _NO_MORE.search(self.words):
            return "open"
        undone = _UNDONE.search(self.words)
        if (_CLEFT.search(self.words) and not undone) or _NOTHING_WRONG.search(self.words):
            return "denied"
        if FAILED.search(self.negated):
            sure = _DONE.search(self.negated) is None and _SURE_MODAL.search(self.words) is None
            return "denied" if sure else "open"
        if _DONE.search(self.negated):
            return "open"
        lacking, other = _lacking(known)
        said = stems([self.negated])
        works = stems(WORKS.findall(self.negated))
        if _OURS_NOT.search(self.words) or _NOBODY.search(self.words):
            return "open"
        if said & lacking or works - other:
            return "told"
        return "denied" if works else "open"


def parts(words: str) -> Iterator[Part]:
    """The parts of a report in their order, each of one mood; of names there are only blanks."""
    for first, last, end in _sentences(words):
        asked, supposed, unsaid = "?" in end, False, False
        for start, stop in _spans(_CLAUSE, words, first, last):
            anew = _BUT.search(words[:start][-8:]) or (
                unsaid and _SUBJECTS.match(words[start:stop])
            )
            supposed, unsaid = supposed and not anew, unsaid and not anew
            for a, b in _pieces(words, start, stop):
                part = _part(words, a, b)
                supposed = supposed or unsaid or part.open == "supposed"
                reaches = _OF_SAYING.search(part.negated) or _PERHAPS.match(part.words)
                unsaid = unsaid or reaches is not None
                why: Openness = "asked" if asked else "supposed" if supposed else part.open
                if part.words.strip():
                    yield replace(part, open=why)


def _sentences(words: str) -> Iterator[tuple[int, int, str]]:
    start = 0
    for found in _SENTENCE.finditer(words):
        yield start, found.start(), found.group(0)
        start = found.end()
    yield start, len(words), ""


def _spans(form: re.Pattern[str], words: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in form.finditer(words, start, end):
        yield start, found.start()
        start = found.end()
    yield start, end


def _pieces(words: str, start: int, end: int) -> list[tuple[int, int]]:
    """A clause, or where what it says is not all of one sort, what is."""
    cuts = [
        found.start()
        for found in _AND.finditer(words, start, end)
        if _VERB.search(words, start, found.start()) and not _LOOKED.search(words, start, end)
    ]
    cuts += [
        found.start()
        for found in _NOT_THE.finditer(words, start, end)
        if words[start : found.start()].strip()
        and not _BEFORE_NOT.search(words[start : found.start()].rstrip())
    ]
    edges = [start, *sorted(set(cuts)), end]
    found = list(pairwise(edges))
    sorts = {(p.open, bool(p.negated)) for p in (_part(words, a, b) for a, b in found)}
    return found if len(sorts) > 1 else [(start, end)]


def _part(words: str, start: int, end: int) -> Part:
    said = words[start:end]
    while (lead := _LEAD.match(said)) is not None and not _LACKS.match(said):
        start, said = start + lead.end(), said[lead.end() :]
    plain = _PERCEIVED.sub(" ", _ASIDE.sub(" ", said)).strip()
    found = NEGATOR.search(plain)
    return Part(start, end, _openness(plain), plain, plain[found.start() :] if found else "")


def _openness(words: str) -> Openness:
    if _SUPPOSED.search(words):
        return "supposed"
    if _ASKED.search(words):
        return "asked"
    meant = _MEANT.search(_SURE_MODAL.sub(" not ", words))
    return "meant" if meant or _REQUEST.search(words) else ""


def _lacking(known: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What is not there or not done in failures that are just that; the words of all others."""
    texts = [text for some in known for text in re.split(r",|\bor\b", some)]
    found = [_LACK.search(text) for text in texts]
    lacking = [text.group("done") or text.group("gone") for text in found if text is not None]
    other = [text for text, lacks in zip(texts, found, strict=True) if lacks is None]
    return stems(lacking), stems(other)
