"""Questions that may be meant where it is not sure which one is: asked back, and picked.

Only of what was named. It must never offer to hand anything in, nor guess which one is meant.
"""

import re
from collections.abc import Sequence

from agents.offline.examples import UNCLEAR
from agents.offline.learnt import Ranked
from agents.offline.question import Reading

_FORMS = {
    "alarms": "Which alarms are there on {name}?",
    "bottleneck": "Where is the bottleneck of {name}?",
    "cause": "What is wrong with {name}?",
    "handover": "What is in the handover of {name}?",
    "improve": "What would make {name} run better?",
    "indicators": "What is the OEE of {name} this shift?",
    "life": "How long will {name} last?",
    "made": "How much has {name} made this shift?",
    "orders": "Which orders are planned on {name}?",
    "planned": "Which stops are planned on {name}?",
    "prognosis": "What is likely to fail on {name}?",
    "proposals": "Which proposals are there for {name}?",
    "recurring": "What keeps coming back on {name}?",
    "remedies": "What can be done about {name}?",
    "risk": "How likely is {name} to fail?",
    "state": "How is {name}?",
    "window": "When would maintenance of {name} cost least?",
    "work_orders": "Which work orders are there for {name}?",
}
_MEASURED = {
    "trend": "How has the {measurement} of {name} gone in the last hour?",
    "value": "What is the {measurement} of {name}?",
}
_LIKELY = 0.05
_MOST, _MOST_NAMED = 3, 2
_NONE_OF_OURS = 0.3
"""How probable it is at most that it is no question of ours."""
_PLACES = (
    r"(?:the )?(?:first|1st|1|one)",
    r"(?:the )?(?:second|2nd|2|two)",
    r"(?:the )?(?:third|3rd|3|three)",
)
_SAID = (
    r"(?:(?:yes|ok|i mean|i meant|take|number|no\.?|that|it is|its) )*{place}"
    r"(?: (?:one|question|of them|please|pls))*"
)
_YES = re.compile(r"(?:yes|yep|yeah|right|exactly|correct)(?: (?:please|pls|that|thats it))*")


def suggested(reading: Reading, ranked: Ranked) -> tuple[str, ...]:
    """The questions of what is named that are likeliest meant, the likeliest first."""
    if not 0 < len(reading.assets) <= _MOST_NAMED or ranked.of(UNCLEAR) > _NONE_OF_OURS:
        return ()
    forms = _FORMS | (_MEASURED if reading.measurement else {})
    likely = [
        kind
        for kind, chance in zip(ranked.kinds, ranked.chances, strict=True)
        if kind in forms and chance >= _LIKELY
    ]
    name = " and ".join(reading.assets)
    return tuple(
        forms[kind].format(name=name, measurement=reading.measurement) for kind in likely[:_MOST]
    )


def picked(plain: str, offered: Sequence[str]) -> str:
    """Which of the questions a normalised answer picks: “the second”; empty if it picks none."""
    if len(offered) == 1 and _YES.fullmatch(plain):
        return offered[0]
    for question, place in zip(offered, _PLACES, strict=False):
        if re.fullmatch(_SAID.format(place=place), plain):
            return question
    return ""
