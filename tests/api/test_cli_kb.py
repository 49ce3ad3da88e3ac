"""The command for documents, before it reaches a server."""

import pytest
from typer.testing import CliRunner

from api import cli_kb
from api.cli_kb import app
from twin_core.errors import BadInput


def run(*arguments):
    found = CliRunner().invoke(app, [*map(str, arguments), "--url", "http://127.0.0.1:9"])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


class Filing:
    """A client that files whatever reaches it."""

    def __init__(self):
        self.filed = []

    def upload(self, path, content, wait_s, *, file, **given):
        del path, content, wait_s, given
        self.filed.append(file)
        document = {"number": file, "version": "1", "passages": 1}
        return {"document": document, "before": None, "outcome": "filed", "library": "up"}


@pytest.fixture
def filing(monkeypatch):
    client = Filing()
    monkeypatch.setattr(cli_kb, "connected", lambda _url: client)
    return client


def test_files_that_would_take_each_others_place_are_refused_and_the_others_filed(tmp_path, filing):
    """Of different folders, or of different kinds; each is told with the other."""
    for name in ("a/manual.pdf", "b/Manual.md", "b/other.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    told = run("add", tmp_path)
    assert filing.filed == ["other.md"]
    assert told.output.count("would be one document") == 2
    assert "2 of 3 files were refused" in told.output
    assert told.exit_code == 1


def test_a_link_in_a_folder_is_refused_by_name_and_never_read(tmp_path, filing):
    """To a file or a folder: what it leads to may lie anywhere. Who names it himself may."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "inner.md").write_text("not for filing")
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "own.md").write_text("x")
    (folder / "link.md").symlink_to(tmp_path / "secret" / "inner.md")
    (folder / "further").symlink_to(tmp_path / "secret")
    told = run("add", folder)
    assert filing.filed == ["own.md"]
    assert "link.md is a link to" in told.output
    run("add", folder / "link.md")
    assert filing.filed == ["own.md", "link.md"]


def test_a_folder_without_documents_and_a_file_that_is_not_there_are_named(tmp_path):
    """What is read is told."""
    with pytest.raises(BadInput, match=r"holds no document; read are: md, "):
        run("add", tmp_path)
    with pytest.raises(BadInput, match="No such file"):
        run("add", tmp_path / "none.pdf")


def test_number_and_title_are_of_one_file(tmp_path):
    """Or all files would be versions of one document."""
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadInput, match="of one file"):
        run("add", tmp_path, "--document", "FF-1")


def test_an_incident_is_named_by_its_id():
    """Nothing else reaches the address."""
    with pytest.raises(BadInput, match="INCIDENT"):
        run("confirm", "../users", "a/b", "--words", "x")
