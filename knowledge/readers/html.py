"""HTML: what a person would see of it. Nothing is loaded, no script is looked at."""

from typing import TYPE_CHECKING

from knowledge.readers.section import Contents, Outline
from twin_core.errors import DocumentError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_UNSEEN = {"script", "style", "template", "noscript", "nav", "head", "iframe", "object", "svg",
           "form", "button", "select", "textarea"}  # fmt: skip
_PARAGRAPH = {"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "section",
              "article", "table", "tr", "figure", "figcaption", "main", "header", "footer",
              "caption", "br"}  # fmt: skip
_HEADINGS = {f"h{n}": n for n in range(1, 7)}


def read(data: bytes, file: str) -> Contents:
    """Sections by h1 to h6; a row of a table is a line, its cells parted by a bar.

    Raises:
        DocumentError: it is empty, or nested deeper than a page can be.
    """
    from lxml import etree, html

    parser = html.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=False,
        encoding=_encoding(data, file),
    )  # fmt: skip
    try:
        root = html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as problem:
        raise DocumentError(file, "it is no HTML", "a page that a browser shows") from problem
    found = root.find(".//title")
    title = " ".join((found.text or "").split()) if found is not None else ""
    page = _Page(file)
    page.read(root)
    return Contents(title, page.outline.sections())


class _Page:
    """Words gathered to lines; on a stack of its own, as a page may be nested deep."""

    def __init__(self, file: str) -> None:
        self.outline = Outline(file)
        self._words: list[str] = []
        self._level = 0

    def read(self, root: "HtmlElement") -> None:
        """Walk the elements in their order."""
        left: list[tuple[HtmlElement, bool]] = [(root, False)]
        while left:
            element, over = left.pop()
            tag = element.tag if isinstance(element.tag, str) else ""
            if over:
                self._leave(tag)
                self._words.append(element.tail or "")
                continue
            if tag in _UNSEEN or not tag or _hidden(element):
                self._words.append(element.tail or "")
                continue
            self._enter(tag)
            self._words.append(element.text or "")
            left.append((element, True))
            left += [(child, False) for child in reversed(element)]
        self._line()

    def _enter(self, tag: str) -> None:
        if tag in _HEADINGS or tag in _PARAGRAPH:
            self._line()
        elif tag in {"td", "th"} and "".join(self._words).strip():
            self._words.append(" | ")

    def _leave(self, tag: str) -> None:
        if tag in _HEADINGS:
            words = " ".join("".join(self._words).split())
            self._words = []
            if words:
                self.outline.heading(_HEADINGS[tag], words)
        elif tag in _PARAGRAPH:
            self._line()
            if tag in {"p", "table", "ul", "ol"}:
                self.outline.line("")

    def _line(self) -> None:
        words = " ".join("".join(self._words).split())
        self._words = []
        if words:
            self.outline.line(words)


def _hidden(element: "HtmlElement") -> bool:
    style = "".join((element.get("style") or "").lower().split())
    return "hidden" in element.attrib or "display:none" in style or "visibility:hidden" in style


def _encoding(data: bytes, file: str) -> str | None:
    """UTF-8 where it is; else what the page says; a page that is neither is refused."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            return "utf-16"
        if b"charset" not in data[:4096].lower():
            raise DocumentError(
                file, f"byte {problem.start} is no text in UTF-8 and it names no other charset",
                "UTF-8, or <meta charset>",
            ) from problem  # fmt: skip
        return None
    return "utf-8"
