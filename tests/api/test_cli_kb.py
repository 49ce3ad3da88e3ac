"""The command for documents, before it reaches a server."""

import pytest
from typer.testing import CliRunner

from api.cli_kb import app
from twin_core.errors import BadInput


def run(*arguments):
    found = CliRunner().invoke(app, [*map(str, arguments), "--url", "http://127.0.0.1:9"])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_two_files_of_one_name_are_refused_before_one_takes_the_others_place(tmp_path):
    """Of different folders, or of different kinds."""
    for name in ("a/manual.pdf", "b/Manual.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadInput, match="would be one document"):
        run("add", tmp_path)


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
