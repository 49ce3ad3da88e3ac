"""How people say that something stands still, or may go no further."""

import re

_RUNNING = r"(?:running|working|turning|going|on)(?:\s+any\s?(?:more|longer))?"
_GIVES_UP = (
    r"(?:drop(?:s|ped|ping)?|conk(?:s|ed|ing)?|cut(?:s|ting)?|fall(?:s|en|ing)?|fell)\s+out(?!\s+of\b)"
    r"|pack(?:s|ed|ing)?\s+(?:in|up)(?=\s*(?:$|[,.;:?!–-]|(?:on|now|right|today|tonight|for|while)\b))"
    r"|(?:giv(?:es?|ing)|gave)\s+(?:up|out)(?=\s*(?:$|[,.;:?!–-]|(?:on|now|right|for)\b))"
    r"|(?:di(?:es|ed)|dying)(?=\s*(?:$|[,.;:?!–-]|(?:on|now|right|for)\b))"
    r"|ha(?:s|d|ve|ving)\s+an?(?:other)?\s+(?:breakdown|failure|standstill)"
    r"|isolat(?:e|es|ed|ing)|(?:is|are|was|were)\s+gone(?!\s+(?:up|down|to|by|below|above)\b)"
)
_RUNS_NOT = (
    rf"(?:(?:is|are|was|were)\s+(?:not|no\s+longer)|(?:is|are|was|were)n['’]?t)\s+{_RUNNING}"
    r"|no\s+longer\s+(?:runs?|works?|turns?)"
    r"|(?:do|does)(?:\s+not|n['’]?t)\s+(?:run|work|turn)(?:\s+any\s?(?:more|longer))?"
)
STOPS = re.compile(
    rf"\b(?:{_RUNS_NOT}|{_GIVES_UP}|"
    r"stops?|stopped|stopping|stoppages?|halts?|halted|halting|standstill|stands?(?:\s+still)?|stood(?:\s+still)?|dead(?=\s+for)"
    r"|standing(?:\s+still)?|fails?|failed|failing|trips?|tripped|tripping|breaks?|broke|breaking"
    r"|shuts?(?:\s+down)?|shutting|unavailable|lose|loses|losing|lost|without|outage"
    r"|(?:is|are|was|were|be|goes|go|went|going|taken?|takes|taking|pull(?:s|ed|ing)?"
    r"|switch(?:ed|ing)?|turn(?:ed|ing)?|knocked)\s+(?:off|down|out)(?!\s+of\s+the)(?!\s+to\b)"
    r"|out\s+of\s+(?:service|action|order)"
    r"|(?:off|down|out)(?=\s+(?:for|from)\b|\s+\d)|pull(?:s|ed|ing)?(?=.*\sfor\s))\b"
)
LIMITED = re.compile(
    r"\b(?:limit\w*|capped|highest|maxi\w*|max|at\s+most|no\s+more\s+than|may\s+only)\b"
)
