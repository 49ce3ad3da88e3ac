"""What a reader sees of a text: no hidden characters, no markup, no way out of the house.

Digits of every script become ASCII digits, so that no number hides from `claims.py`. Links, images
and HTML are taken out; of a link its words stay. It must never add a word, and never be slow: no
pattern looks further than a fixed distance.
"""

import html
import re
import unicodedata

_STRANGE = re.compile(r"[^\n\x20-\x7e°±·–—‘’“”„«»…→≥≤×≈−µΩ€£³²À-ÖØ-öø-ž]")
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RAISED = re.compile(r"(?<=\d)[⁻]?[⁰¹²³⁴-⁹]{1,6}")
_HALVES = re.compile(r"(?<=\d)(?=[¼½¾⅐-⅞])")
_MARKED = re.compile(
    r"[<>&*_`\\$|~\[\]#@{]|//|www\.|\w\.[a-z]|^[^\S\n]*[+>]", re.MULTILINE | re.IGNORECASE
)
_TAG = re.compile(r"</?[a-z!?][^<>]{0,2000}(?:>|$)", re.IGNORECASE)
_CUT = ((re.compile(r"<!--"), "-->"), (re.compile(r"<script\b", re.IGNORECASE), "</script"),
        (re.compile(r"<style\b", re.IGNORECASE), "</style"))  # fmt: skip
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\](?:\([^)\n]{0,2000}\)?|\[[^\]\n]{0,200}\])?")
_TARGET = re.compile(r"^[^\S\n]*\[(?!\s*ev-)[^\]\n]{1,100}\]:[^\n]*$", re.MULTILINE)
_LINK = re.compile(
    r"\[(?!\s*ev-)([^\[\]\n]{0,300})\](?:\([^)\n]{0,2000}\)?|\[(?!\s*ev-)[^\]\n]{0,200}\])"
)
_CITED_LINK = re.compile(r"(\[\s*ev-[^\[\]\n]{0,300}\])\([^)\n]{0,2000}\)?")
_ADDRESS = re.compile(
    r"<?(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s<>“”\"]{1,2000}>?"
    r"|\b(?:javascript|mailto|data|tel|file|vbscript):(?=\S)[^\s<>“”\"]{1,2000}"
    r"|\bwww\.[^\s<>“”\"]{1,2000}"
    r"|[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b"
    r"|(?<![\w./-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?:/|[?#]\w)[^\s<>“”\"]{0,2000}"
    r"|(?<![\w./-])(?:[a-z0-9-]{1,63}\.){2,8}[a-z]{2,24}(?![\w./-])",
    re.IGNORECASE,
)
_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")
"""What is no tag and could begin one: in “p<p_max” a space does no harm."""
_FENCE = re.compile(r"^[^\S\n]*(?:`{3,}|~{3,})[^\n]{0,100}$", re.MULTILINE)
_RULE = re.compile(r"^[^\S\n]*\|?(?:[^\S\n]*:?-{2,}:?[^\S\n]*\|?){1,40}[^\S\n]*$", re.MULTILINE)
_ROW = re.compile(r"^[^\S\n]*\|(.*?)\|?[^\S\n]*$", re.MULTILINE)
_HEAD = re.compile(r"^[^\S\n]*(?:#{1,6}[^\S\n]+|>+[^\S\n]?)", re.MULTILINE)
_FRACTION = re.compile(r"\\d?frac\s?\{([^{}]{1,40})\}\s?\{([^{}]{1,40})\}")
_SIGNS = {r"\times": "×", r"\pm": "±", r"\cdot": "·", r"\%": "%", r"\approx": "≈", r"\degree": "°"}
_SIGN = re.compile("|".join(re.escape(s) for s in _SIGNS))
_COMMAND = re.compile(r"\\[a-zA-Z]{1,20}\*?\s?|\\(?=[^\w\s])")
_DOLLARS = re.compile(r"\$\$?([^$\n]{1,300})\$\$?")
_STARS = re.compile(r"\*{2,}|_{2,}|~~|`|(?<=\S)\*|\*(?=\S)")
_DEEPEST = 8
_SIGNS_OF_MARKUP = re.compile(r"[&<>*_`\\|~\[\]{}#@$/]")
_UNDER = re.compile(r"(?<!\w)_([^_\n]{1,300})_(?!\w)")


def visible(text: str) -> str:
    """The text as plain words and ASCII digits, lines kept; of what is visible, the same.

    What is taken out may have kept apart what is markup together (`<**img>`), so it is looked at
    until nothing is found; what is wrapped deeper loses every sign of markup.
    """
    for _ in range(_DEEPEST):
        shown = _shown(text)
        if shown == text:
            return _OPENS.sub("< ", text) if "<" in text else text
        text = shown
    return _SIGNS_OF_MARKUP.sub("", text)


def _shown(text: str) -> str:
    if "&" in text:
        for _ in range(3):
            text = html.unescape(text)
    if _STRANGE.search(text):
        text = _HALVES.sub(" ", text)
        text = _RAISED.sub(lambda found: f"^{found.group(0).translate(_SUPER)}", text)
        text = "".join(map(_plain, text))
    if _MARKED.search(text):
        text = _unmarked(text)
    return text


def _plain(char: str) -> str:
    """A character as ASCII where it is a digit or a letter in disguise; nothing if it is hidden."""
    if char < "\x7f":
        return char if char >= " " or char == "\n" else " " if char in "\t\r\x0b\x0c" else ""
    if char in "³²":
        return char
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    if kind in {"Zl", "Zp"} or char == "\x85":
        return "\n"
    if kind == "Zs":
        return "\xa0"
    if kind[0] == "C" or kind == "Me" or "\ufe00" <= char <= "\ufe0f":
        return ""
    if kind == "Mn":
        return (
            "" if unicodedata.combining(char) == 1 or char in "\u0335\u0336\u0337\u0338" else char
        )
    if _is_disguised(char):
        return unicodedata.normalize("NFKC", char).replace("\u2044", "/")
    return char


def _is_disguised(char: str) -> bool:
    """Full width, circled, mathematical, Roman numerals as one character, fractions."""
    return (
        char in "\uff05\uff0b\uff0d\uff0e"
        or ("\uff01" <= char <= "\uffee" and char.isalpha() and char < "\uff5b")
        or "\u2150" <= char <= "\u2188"
        or "\u2460" <= char <= "\u24ff"
        or "\u2776" <= char <= "\u2793"
        or "\U0001d400" <= char <= "\U0001d7ff"
        or "\u2080" <= char <= "\u2089"
        or "\U0001f100" <= char <= "\U0001f10a"
        or char in "¼½¾"
    )


def _unmarked(text: str) -> str:
    if "<" in text:
        for begins, ends in _CUT:
            text = _without(text, begins, ends)
        text = _TAG.sub("", text)
    if "![" in text:
        text = _IMAGE.sub("", text)
    if "]" in text:
        text = _TARGET.sub("", text)
        text = _CITED_LINK.sub(r"\1", text)
        text = _LINK.sub(r"\1", text)
    text = _ADDRESS.sub("", text)
    text = _FENCE.sub("", text)
    if "|" in text:
        text = _ROW.sub(_cells, _RULE.sub("", text))
    text = _HEAD.sub("", text)
    if "\\" in text or text.count("$") > 1:
        text = _FRACTION.sub(r"\1/\2", text)
        text = _SIGN.sub(lambda found: _SIGNS[found.group(0)], text)
        text = _COMMAND.sub("", _DOLLARS.sub(r"\1", text))
        text = text.replace("{,}", ",").replace("{", "").replace("}", "")
    return _UNDER.sub(r"\1", _STARS.sub("", text))


def _without(text: str, begins: "re.Pattern[str]", ends: str) -> str:
    """The text without what stands between; what is not closed reaches to its end."""
    kept, at = [], 0
    while (found := begins.search(text, at)) is not None:
        kept.append(text[at : found.start()])
        end = text.lower().find(ends, found.end())
        at = len(text) if end < 0 else end + len(ends)
    return "".join([*kept, text[at:]]) if at else text


def _cells(row: "re.Match[str]") -> str:
    """A row of a table as one line: its cells belong together."""
    return "; ".join(cell.strip() for cell in row.group(1).split("|") if cell.strip())
