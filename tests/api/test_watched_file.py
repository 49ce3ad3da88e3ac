"""The policy file is put into force when it changes; what cannot be used changes nothing."""

import os

import pytest

from api.watched_file import WatchedFile, file_text
from tests.api.house import House
from twin_core.errors import BadInput
from twin_core.governance.policy import SHIPPED

RULE = '@id("freeze") forbid (principal, action, resource);'
FREEZE = SHIPPED.replace("rules = '''", f"rules = '''{RULE}")


@pytest.fixture
async def house():
    built = await House().open()
    yield built
    await built.actuation.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(SHIPPED)
    return path


async def looked(watch):
    """Looked at twice: what stays is taken."""
    for _ in range(2):
        await watch.look()


@pytest.mark.catches("a policy is read once, at the start")
async def test_f11_a_policy_is_tightened_without_a_restart(house, file):
    """Written anew it holds from the next look; unchanged it is not taken again."""
    watch = WatchedFile(file, SHIPPED, house.actuation.reload_policy)
    await watch.look()
    assert house.kinds(str(file)) == []
    file.write_text(FREEZE)
    for _ in range(4):
        await watch.look()
    assert house.kinds(str(file)) == ["policy_loaded"]
    assert await house.stage(await house.propose()) == "denied"


@pytest.mark.catches("a policy file that goes away takes every rule with it")
@pytest.mark.parametrize("broken", [b"schema = 2\nnonsense", b"\xff\xfe", None])
async def test_f72_a_file_that_cannot_be_used_keeps_the_last_good_one(house, file, broken):
    """One alarm however often it is looked at; the good file is in force again once it is back."""
    watch = WatchedFile(file, FREEZE, house.actuation.reload_policy)
    await looked(watch)
    if broken is None:
        file.unlink()
    else:
        file.write_bytes(broken)
    for _ in range(3):
        await looked(watch)
    (alarm,) = house.alarms("alarm")
    assert "the last good policy stays" in alarm
    assert str(file) in alarm
    assert await house.stage(await house.propose()) == "pending"
    file.write_text(FREEZE)
    await looked(watch)
    assert await house.stage(await house.propose()) == "denied"


@pytest.mark.catches("half a file is taken for the whole")
async def test_a_file_that_is_being_written_is_not_taken(house, file):
    """Every time it is looked at it says more: nothing is in force until it stays."""
    watch = WatchedFile(file, SHIPPED, house.actuation.reload_policy)
    for end in range(200, len(FREEZE), 50):
        file.write_text(FREEZE[:end])
        await watch.look()
    assert house.kinds(str(file)) == []
    file.write_text(FREEZE)
    await looked(watch)
    assert house.kinds(str(file)) == ["policy_loaded"]


def test_what_is_no_file_of_a_policys_size_is_refused(tmp_path):
    """Not there, a folder, a pipe that nobody writes to, a gigabyte."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(10**9)
    said = {".": "is no regular file", "pipe": "is no regular file", "huge": "1000000000 bytes"}
    for name, why in {"none": "cannot be read", **said}.items():
        with pytest.raises(BadInput, match=why):
            file_text(tmp_path / name)
