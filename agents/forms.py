"""The patterns by which `claims.py` finds figures and what stands for them in words.

Each looks no further than a fixed distance, so that a text costs what its length is. They must
never name anything of a plant.
"""

import re
from collections.abc import Mapping

from agents.tongues import ABOUT, COUNTED, MONTHS, NONE, TIMES, Style, words

_STATES = (
    r"(?:open|closed|hidden|active|standing|unacknowledged|acknowledged|new|more|other|pending"
    r"|waiting|offene[nrs]?|aktive[nrs]?|weitere|ouverts?|ouvertes?|abiertas?|abiertos?|controller"
    r"|planned|simulated|further|late|production|of\s\w{1,20})"
)
_THINGS = "|".join(sorted(map(re.escape, COUNTED), key=len, reverse=True))
_STANDING = "|".join(
    re.escape(word) for word, thing in COUNTED.items() if thing in {"alarm", "incident", "proposal"}
)
"""Things of which it matters that there is none."""
COUNT = re.compile(rf"\s{{1,3}}(?:{_STATES}\s){{0,2}}(?P<thing>{_THINGS})(?!\w)", re.IGNORECASE)
_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_NO = "|".join(map(re.escape, NONE))
_UNIT = (
    r"(?P<unit>\s?(?:%|‰|°[CF]?|[€$£])"
    r"|\s?(?:per\s?cent|pour\scent|por\sciento|per\scento|por\scento)\b"
    r"|\s?(?:per|pro|par|an?(?=\s(?:second|minute|hour|day)))\s(?=[A-Za-z])[A-Za-z]{1,20}\b"
    r"|\s?/\s?[A-Za-z]{1,20}\b"
    r"|\s?[^\W\d_]{1,24}[·³²]?[^\W\d_]{0,24}(?:(?:\s?/\s?|\s(?:per|pro|par|an?(?=\s(?:second|minute|hour|day)))\s)[^\W\d_]{1,24})?[0-9]?)?"
)
_NUMBER = (
    r"(?P<sign>(?<![\w.,])[+\-−±]\s?)?(?P<money>[€$£]\s?)?(?<!\d)"
    r"(?P<number>[.,]?\d(?:\d|[.,'’\xa0](?=\d)SPACED){0,60})"
    r"(?P<raised>[eE][+-]?\d{1,3}(?!\w)|\s?[×x·*]\s?10\^?[-−]?\d{1,3}|\^[-−]?\d{1,3})?"
    r"(?P<times>(?-i:[kM])(?![A-Za-z/])|\s(?:" + "|".join(TIMES) + r")(?!\w))?" + _UNIT
)
_CLAIM = (
    r"(?P<path>(?<![\w/])[a-z0-9_-]{1,100}(?:/[a-z0-9_-]{1,100}){2,4}(?![\w/]))"
    r"|(?P<iso>(?<![\d-])\d{4}-\d{2}-\d{2}(?![\d-]))"
    r"|(?P<dmy>(?<![\d./-])\d{1,2}(?P<sep>[./-])\s?\d{1,2}(?P=sep)\s?\d{4}(?!\d))"
    rf"|(?P<said>(?<![\d.,])\d{{1,2}}(?:\.|st|nd|rd|th|er|º)?\s(?:of\s|de\s)?(?:{_MONTH})(?!\w)"
    rf"(?:,?\s(?:de\s)?\d{{4}})?|(?<!\w)(?:{_MONTH})\s\d{{1,2}}(?:st|nd|rd|th)?(?![\d.:,]\d|\d)(?:,?\s\d{{4}})?)"
    r"|(?P<clock>(?<![\d:])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])(?:\s?[ap]\.?m\b\.?)?"
    r"|(?<![\d.,])\d{1,2}(?:[.:]\d{2})?\s(?:Uhr|uur)(?:\s\d{2}(?!\d))?"
    r"|(?<![\w.,])\d{1,2}h\d{2}(?!\w)"
    r"|(?:(?<=\bkl\. )|(?<=\bkl )|(?<=\bgodz\. )|(?<=\bgodzinie ))\d{1,2}[.:]\d{2}(?!\d)"
    r"|(?:(?<=à )|(?<=\bvers )|(?<=\blas )|(?<=\balle )|(?<=\bàs ))\d{1,2}\s?h?(?=[\s.,;)]|$)"
    r"|(?<![\w.,])\d{1,2}\s?[ap]\.?m\b\.?)"
    r"|(?P<id>(?<![\w-])(?:p-[a-z0-9]{8}|in-[0-9a-f]{8}|ev-[0-9a-f]{1,40})(?![\w-]))"
    r"|(?P<code>(?<![\w-])(?=[\w-]{0,60}\d)[^\W\d_][\w-]{0,80}(?:\.\d{1,9}){0,6}(?!\w)"
    r"|(?<![\w.])\d{1,9}(?:\.\d{1,9}){2,6}(?![\w,]))"
    rf"|(?P<halfhour>(?<!\w)(?:half\san|halbe[nr]?|(?:a\s)?quarter\sof\san|(?:une\s)?demi-?)\s?(?:hour|stunde|heure)(?!\w))"
    r"|(?P<ratio>(?<!\w)(?:twice|double[ds]?\s(?:the|its|that|of)|doubled|tripled|halved|trebled"
    r"|half(?:\s(?:of|the|its|as|that))|three\stimes|doppelt|verdoppelt|halbiert|(?:die\s)?hälfte|le\sdouble|la\smoitié"
    r"|el\sdoble|la\smitad|il\sdoppio|la\smetà)(?!\w)"
    r"|(?<![\w./])\d{1,2}/\d{1,2}(?![\w/])|(?<![\w.,])\d{1,3}(?:[.,]\d{1,3})?(?:x|-fold|\stimes)(?!\w))"
    rf"|(?P<none>(?<!\w)(?:{_NO})\s(?:{_STATES}\s){{0,2}}(?P<nothing>{_STANDING})(?!\w))"
    r"|" + _NUMBER + r"|(?P<figure>\d)"
)
FORMS: Mapping[Style, "re.Pattern[str]"] = {
    "point": re.compile(_CLAIM.replace("SPACED", ""), re.IGNORECASE),
    "comma": re.compile(_CLAIM.replace("SPACED", r"| (?=\d{3}(?!\d))"), re.IGNORECASE),
}
UNIT = re.compile(_UNIT, re.IGNORECASE)
TOKEN = re.compile(r"\S+")
LETTER = re.compile(r"[^\W\d_]")
FIGURE = re.compile(r"[^\W_a-zA-ZÀ-ÿ]")
AHEAD = 80
COARSE = 0.02
"""What “5k” or “1e3” shows at most, as a share: it is not meant to the nearest thousand."""
FIRST = frozenset(
    {
        *NONE,
        *MONTHS,
        "+",
        "−",
        "±",
        "€",
        "$",
        "£",
        "half",
        "halbe",
        "halben",
        "halber",
        "a",
        "quarter",
    }
    | words("une demi twice double doubles doubled tripled trebled halved two three doppelt")
    | words("verdoppelt halbiert die hälfte le la el il demi-heure")
)
"""Words that may begin a claim, beside those with a digit."""
CALLED_ABOUT = re.compile(ABOUT, re.IGNORECASE)
JOINS = re.compile(
    r"\s?(?:[–-]|to|and|bis|à|a|y|und|et|e|tot|en|do|i|till|och|or|±)\s?", re.IGNORECASE
)
