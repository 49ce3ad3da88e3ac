"""The policy file is put into force when it changes; what cannot be used changes nothing."""

import pytest

from api.policy_file import PolicyFile
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


@pytest.mark.catches("a policy is read once, at the start")
async def test_f11_a_policy_is_tightened_without_a_restart(house, file):
    """Written anew it holds from the next look; unchanged it is not taken again."""
    watch = PolicyFile(file, house.actuation.reload_policy)
    await watch.look()
    assert house.kinds(str(file)) == []
    file.write_text(FREEZE)
    for _ in range(2):
        await watch.look()
    assert house.kinds(str(file)) == ["policy_loaded"]
    assert await house.stage(await house.propose()) == "denied"


@pytest.mark.catches("a policy file that goes away takes every rule with it")
@pytest.mark.parametrize("broken", [b"schema = 2\nnonsense", b"\xff\xfe", None])
async def test_f72_a_file_that_cannot_be_used_keeps_the_last_good_one(house, file, broken):
    """One alarm however often it is looked at; the good file is in force again once it is back."""
    file.write_text(FREEZE)
    watch = PolicyFile(file, house.actuation.reload_policy)
    file.write_text(SHIPPED)
    await watch.look()
    if broken is None:
        file.unlink()
    else:
        file.write_bytes(broken)
    for _ in range(3):
        await watch.look()
    (alarm,) = house.alarms("alarm")
    assert "the last good policy stays" in alarm
    assert str(file) in alarm
    assert await house.stage(await house.propose()) == "pending"
    file.write_text(FREEZE)
    await watch.look()
    assert await house.stage(await house.propose()) == "denied"


def test_a_service_does_not_start_on_a_file_that_is_not_there(house, tmp_path):
    """At the start there is no last good one."""
    with pytest.raises(BadInput, match="cannot be read"):
        PolicyFile(tmp_path / "none.toml", house.actuation.reload_policy)
