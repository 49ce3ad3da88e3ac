"""The documents that come with us."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from knowledge.passages import passages
from twin_core.plant.class_file import load_classes
from twin_core.plant.document import load

ROOT = Path(__file__).parents[2]
CORPUS = sorted(Path(str(files("knowledge") / "corpus")).glob("*.md"))
CLASSES = {
    kind.id: kind
    for path in sorted((ROOT / "plants" / "classes").glob("*.yaml"))
    for kind in load_classes(path.read_text(encoding="utf-8"), path.name)
}


def read(path: Path):
    return passages(path.read_text(encoding="utf-8"), path.name)


def test_there_are_at_least_twelve_documents_of_different_numbers():
    numbers = {read(path)[0].document for path in CORPUS}

    assert len(numbers) == len(CORPUS) >= 12


def test_every_class_with_failure_modes_has_a_document_and_every_document_known_classes():
    covered = {kind for path in CORPUS for kind in read(path)[0].classes}

    assert covered <= set(CLASSES)
    assert {kind.id for kind in CLASSES.values() if kind.failure_modes} <= covered


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_sections_are_short_enough_to_be_quoted(path):
    assert all(20 <= len(passage.text) <= 2500 for passage in read(path))


def test_no_document_names_an_asset_of_a_plant():
    folder = ROOT / "plants"
    text = (folder / "riverside.yaml").read_text(encoding="utf-8")
    plant = load(text, "riverside.yaml", lambda name: (folder / name).read_text(encoding="utf-8"))
    said = "\n".join(path.read_text(encoding="utf-8") for path in CORPUS).lower()

    names = {unit.name.lower() for unit in plant.units.values()} - {
        nickname for kind in CLASSES.values() for nickname in (*kind.nicknames, kind.name.lower())
    }
    assert plant.name.split(maxsplit=1)[0].lower() not in said
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", said)] == []


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_front_matter_is_what_stands_between_the_rules(path):
    front = path.read_text(encoding="utf-8").split("---\n")[1]

    assert set(yaml.safe_load(front)) == {"document", "title", "version", "classes"}
