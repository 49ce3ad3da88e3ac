"""The documents that come with us, and any other folder of Markdown filed as they are."""

from importlib.resources import files
from pathlib import Path

from knowledge.passages import Passage, passages
from twin_core.errors import DocumentError

CORPUS = Path(str(files("knowledge") / "corpus"))


def shipped(folder: Path = CORPUS) -> tuple[Passage, ...]:
    """Every passage of every document of a folder, by file.

    Raises:
        DocumentError: no such folder, a document that cannot be filed, or two of one number.
    """
    found: dict[str, Passage] = {}
    if not folder.is_dir():
        raise DocumentError(str(folder), "there is no such folder of documents")
    for path in sorted(folder.glob("*.md")):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as problem:
            raise DocumentError(path.name, "it is not UTF-8 text") from problem
        for passage in passages(text, path.name):
            if passage.id in found:
                raise DocumentError(path.name, f"document {passage.document} is filed twice")
            found[passage.id] = passage
    return tuple(found.values())
