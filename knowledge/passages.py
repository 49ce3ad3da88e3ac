"""A document becomes passages, one a section, each with an id that outlives edits of its text.

What a passage says is data: it is never carried out, formatted or interpreted here. This module
opens nothing.

A document is Markdown with a front matter of four keys (`document`, `title`, `version`,
`classes`); its sections begin with `## `, numbered or not.
"""

import re

import yaml
from pydantic import ValidationError

from twin_core.canonical import digest
from twin_core.errors import DocumentError
from twin_core.value import Path, Slug, Value

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_KEYS = "document, title, version, classes"


class Passage(Value):
    """One section of one document.

    Attributes:
        id: `document/heading` as a slug; a section keeps it when its text or number changes.
        document: its number, as people cite it ("FF-411").
        section: the heading with its number.
        page: of the document as it was printed, from 1; None where it has no pages.
        classes: equipment classes the document is about; () = any.
        sites: where it holds; () = everywhere.
        assets: the assets it tells of, if any are named (a work order, an incident).
        text: the section's words, without the heading.
    """

    id: str
    document: str
    title: str
    version: str
    section: str
    page: int | None = None
    classes: tuple[Slug, ...] = ()
    sites: tuple[Slug, ...] = ()
    assets: tuple[Path, ...] = ()
    text: str

    @property
    def digest(self) -> str:
        """Digest of everything said and of what it is about; equal digests need no new vector."""
        return digest(self)

    @property
    def words(self) -> str:
        """What is searched: title, heading and text.

        The heading stands twice: it says what the section is about, and a long section would
        otherwise lose to a short one that only mentions it. A document of one section that is
        headed by its title says it no oftener.
        """
        title = () if self.title == self.section else (self.title,)
        return ". ".join((*title, self.section, self.section, self.text))

    @property
    def tags(self) -> tuple[str, ...]:
        """What it is filtered and ranked by; `class/` and `site/` alone say that it is of any."""
        return (
            *(f"class/{one}" for one in self.classes or ("",)),
            *(f"site/{one}" for one in self.sites or ("",)),
            *(f"asset/{one}" for one in self.assets),
        )


class Hit(Value):
    """A passage found.

    Attributes:
        passage: its stable id; `document` number and title; `section` heading; what else a
            passage has.
        text: the passage's words: data, never instructions.
        score: 0..1, higher is nearer; comparable inside one answer only.
    """

    passage: str
    document: str
    title: str
    version: str
    section: str
    page: int | None = None
    classes: tuple[Slug, ...] = ()
    sites: tuple[Slug, ...] = ()
    assets: tuple[Path, ...] = ()
    text: str
    score: float


class _Front(Value):
    document: str
    title: str
    version: str
    classes: tuple[Slug, ...]


def passages(text: str, file: str) -> tuple[Passage, ...]:
    """The passages of one document, in its order; words before the first heading are dropped.

    Raises:
        DocumentError: no front matter, a wrong key in it, no section, or a heading twice.
    """
    match = _FRONT.match(text.replace("\r\n", "\n"))
    if match is None:
        raise DocumentError(file, "it has no front matter", _KEYS)
    front = _front(match[1], file)
    parts = _SECTION.split(match[2])[1:]
    found: dict[str, Passage] = {}
    for section, body in zip(parts[::2], parts[1::2], strict=True):
        identity = f"{_slug(front.document)}/{_slug(_unnumbered(section))}"
        if identity in found:
            raise DocumentError(file, f"two sections are headed “{_unnumbered(section)}”")
        found[identity] = Passage(
            id=identity, section=section, text=body.strip(), **front.model_dump()
        )
    if not found:
        raise DocumentError(file, "it has no section", "a heading that begins with ##")
    return tuple(found.values())


def _front(text: str, file: str) -> _Front:
    try:
        return _Front.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as problem:
        raise DocumentError(file, "its front matter is not YAML", _KEYS) from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(step) for step in first["loc"]) or "front matter"
        raise DocumentError(file, f"{key}: {first['msg'].lower()}", _KEYS) from problem


def _unnumbered(heading: str) -> str:
    return re.sub(r"^[\d.]+\s+", "", heading)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
