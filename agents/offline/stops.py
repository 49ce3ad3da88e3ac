"""How people say that something stands still, or may go no further."""

import re

STOPS = re.compile(
    r"\b(?:stops?|stopped|stopping|stoppages?|halts?|halted|halting|standstill|stands?(?:\s+still)?|stood(?:\s+still)?|dead(?=\s+for)"
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
