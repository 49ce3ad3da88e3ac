"""The audit chain's witness: what it signs, when, and what is found with it."""

import sqlite3
from contextlib import closing
from shutil import rmtree

import pytest

from api.notices import Notices
from api.witnessing import Witness
from connectors.ledger import SqlLedger
from connectors.signing import SigningKeys, holds
from connectors.witness import WitnessFile
from tests.fakes import FakeClock
from tests.twin_core.governance.scene import PEOPLE
from twin_core.answer import Asker
from twin_core.errors import ChainBroken, NotAllowed, SourceDown, StoreDown, WitnessBroken
from twin_core.governance.witness import KEY, examine, seal

ADMIN = Asker(user="ida", name="Ida", roles=("admin",), sites=("site",))


class Far:
    """A far witness that can be out of reach."""

    def __init__(self):
        self.kept, self.down = [], False

    async def tell(self, checkpoint):
        if self.down:
            raise SourceDown("witness", "told so")
        self.kept.append(checkpoint)


class Scene:
    """One witness over a ledger in a folder; `again` is its next life."""

    def __init__(self, folder):
        self.folder, self.clock, self.far = folder, FakeClock(), Far()
        self.file = WitnessFile(folder / "out" / "witness.jsonl")
        self.begin()

    def begin(self):
        self.ledger = SqlLedger(f"sqlite:///{self.folder}/ledger.db", self.clock)
        self.notices = Notices(self.clock)
        self.keys = SigningKeys(self.folder / "audit")
        self.witness = Witness(
            "site",
            self.ledger,
            self.keys,
            self.file,
            self.far,
            holds,
            self.clock,
            self.notices,
            self.folder / "restored",
        )
        self.ledger.witnessed_by(self.witness.heads)

    async def again(self):
        await self.ledger.close()
        self.begin()
        await self.witness.start()

    async def write(self, n):
        for i in range(n):
            await self.ledger.record("kind", "ada", "s", {"i": i})

    async def pass_time(self, seconds):
        for _ in range(seconds):
            self.clock.turn(1)
            await self.witness.look()

    def told(self, level):
        return [notice.text for notice in self.notices if notice.level == level]

    async def verified(self):
        found, _, _ = await self.witness.examined()
        return await self.ledger.verify(found.heads)


@pytest.fixture
async def scene(tmp_path):
    made = Scene(tmp_path)
    await made.witness.start()
    yield made
    await made.ledger.close()


async def test_a_few_records_are_witnessed_within_ten_seconds(scene):
    """One record is witnessed after ten seconds, and then nothing is until there is another."""
    await scene.pass_time(10)
    assert [one.count for one in scene.file.read()[0]] == [1]
    await scene.pass_time(30)
    await scene.write(1)
    await scene.pass_time(10)
    assert [one.count for one in scene.file.read()[0]] == [1, 2]
    assert (await scene.verified()).count == 2


async def test_a_hundred_records_are_witnessed_at_once(scene):
    """Of a hundred records none waits for its ten seconds."""
    await scene.write(100)
    await scene.pass_time(1)
    assert [one.count for one in scene.file.read()[0]] == [1, 101]


async def test_the_rest_is_witnessed_at_the_end(scene):
    """Who stops leaves nothing unwitnessed behind."""
    await scene.write(3)
    await scene.witness.close()
    assert [one.count for one in scene.file.read()[0]] == [1, 4]


@pytest.mark.catches("a ledger that is down keeps the service from stopping")
async def test_what_cannot_be_witnessed_at_the_end_is_told(scene):
    """Without its ledger it stops all the same."""
    await scene.ledger.close()
    await scene.witness.close()
    (told,) = scene.told("alarm")
    assert "the end of the audit chain is not witnessed" in told


@pytest.mark.catches("the chain is checked at the start without its witness")
async def test_f68_a_tail_cut_off_while_nothing_ran_is_found_at_the_start(scene):
    """Records removed behind the newest checkpoint are missed by whoever starts next."""
    await scene.write(20)
    await scene.witness.close()
    with closing(sqlite3.connect(scene.folder / "ledger.db")) as db, db:
        db.execute('DELETE FROM audit WHERE "index" >= 15')
    await scene.ledger.close()
    scene.begin()
    with pytest.raises(ChainBroken, match="record 15: 21 records were witnessed"):
        await scene.ledger.verify()


@pytest.mark.catches("a witness is believed whatever it is signed with")
async def test_f68_a_ledger_written_anew_is_not_the_one_that_was_witnessed(scene):
    """A whole other chain, and a checkpoint signed for it with another key, are both found."""
    await scene.write(5)
    await scene.witness.close()
    found, keys, _ = await scene.witness.examined()
    (scene.folder / "other").mkdir()
    other = Scene(scene.folder / "other")
    await other.witness.start()
    await other.write(5)
    await other.witness.close()
    with pytest.raises(ChainBroken) as broken:
        await other.ledger.verify(found.heads)
    assert broken.value.index == 5
    forged = other.file.read()[0]
    with pytest.raises(WitnessBroken, match="was not the plant's at its place"):
        examine(forged, keys, "site", holds)
    for change in ({"count": 5}, {"digest": "0" * 64}, {"at": 7}, {"restored": "so"}):
        edited = scene.file.read()[0][-1].model_copy(update=change)
        with pytest.raises(WitnessBroken, match="its signature does not hold"):
            examine([edited], keys, "site", holds)
    await other.ledger.close()


@pytest.mark.catches("a rotated key makes what the old one signed worthless")
async def test_f70_a_rotated_key_is_vouched_for_by_the_old_one(scene):
    """After a rotation old and new checkpoints both hold, also in the next life."""
    await scene.write(5)
    await scene.witness.close()
    (first,) = {one.key for one in scene.file.read()[0]}
    new = await scene.witness.rotate(ADMIN, "yearly")
    await scene.write(5)
    await scene.again()
    await scene.write(1)
    await scene.witness.close()
    assert [one.key for one in scene.file.read()[0]] == [first, first, new, new]
    assert (await scene.verified()).count == 13
    _, keys, _ = await scene.witness.examined()
    assert [(key.key, key.vouched) for key in keys] == [(first, False), (new, True)]
    record = (await scene.ledger.of_kind(KEY))[-1]
    assert (record.actor, record.body["reason"]) == ("ida", "yearly")
    assert scene.told("page") == []
    assert (scene.folder / "audit" / "signing.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.catches("a key that nobody vouches for is taken in silence")
async def test_f70_a_lost_key_is_replaced_loudly_and_old_proofs_hold(scene):
    """Without its key the chain goes on under one that says so; people are paged."""
    await scene.write(5)
    await scene.witness.close()
    (scene.folder / "audit" / "signing.pem").unlink()
    await scene.again()
    assert "nothing but its record vouches for it" in scene.told("page")[0]
    await scene.witness.close()
    assert (await scene.verified()).count == 7
    _, keys, _ = await scene.witness.examined()
    assert [(key.first, key.vouched) for key in keys] == [(True, False), (False, False)]
    await scene.again()
    assert scene.told("page") == []


@pytest.mark.catches("the old key signs on after its successor was recorded")
async def test_f70_killed_in_the_middle_of_a_rotation(scene, monkeypatch):
    """A rotation is done or not done: its record decides, and no key is lost either way."""
    for where in ("prepare", "promote"):
        real = getattr(SigningKeys, where)

        def killed(keys, real=real, where=where):
            if where == "prepare":
                real(keys)
            raise StoreDown("audit keys", "killed")

        with monkeypatch.context() as patch:
            patch.setattr(SigningKeys, where, killed)
            with pytest.raises(StoreDown):
                await scene.witness.rotate(ADMIN, "yearly")
        await scene.again()
        await scene.write(1)
        await scene.witness.close()
        assert scene.told("page") == []
        await scene.verified()
    _, keys, _ = await scene.witness.examined()
    assert [key.vouched for key in keys] == [False, True]


async def test_only_an_admin_rotates(scene):
    """Nobody else replaces the key."""
    with pytest.raises(NotAllowed):
        await scene.witness.rotate(PEOPLE["eve"], "curious")


@pytest.mark.catches("a witness that was emptied is taken for one that has not begun")
async def test_f68_an_emptied_witness_is_no_witness(scene):
    """The first checkpoint is there as soon as there is a key: a check without any is refused."""
    assert (await scene.witness.verification()).witnessed == 1
    (scene.folder / "out" / "witness.jsonl").write_bytes(b"")
    with pytest.raises(WitnessBroken, match="there is none, and record 0 introduced the key"):
        await scene.witness.verification()
    await scene.again()
    assert "it was emptied or lost" in scene.told("page")[0]


async def test_a_witness_that_ends_before_a_key_is_noted(scene):
    """An older copy, or one cut: it says so, by the key that it does not know of."""
    path = scene.folder / "out" / "witness.jsonl"
    before = path.read_bytes()
    new = await scene.witness.rotate(ADMIN, "yearly")
    path.write_bytes(before)
    (note,) = (await scene.witness.verification()).notes
    assert note.startswith(f"the witness ends before record 1 introduced the key {new[:16]}")


@pytest.mark.catches("a far witness that fails holds the chain up")
async def test_a_far_witness_that_is_away_is_an_alarm_and_is_told_later(scene):
    """Out of reach it is retried with the newest checkpoint, and told of once it is late."""
    scene.far.down = True
    for _ in range(20):
        await scene.write(1)
        await scene.pass_time(10)
        await scene.witness.tell()
    assert [text for text in scene.told("alarm") if "behind" in text] == scene.told("alarm")
    assert len(scene.told("alarm")) == 1
    scene.far.down = False
    await scene.witness.tell()
    await scene.witness.tell()
    assert scene.far.kept == [scene.file.read()[0][-1]]
    assert scene.told("info") == ["the far witness of the audit chain is told again"]


@pytest.mark.catches("an unwritable witness is not spoken of")
async def test_a_witness_file_that_cannot_be_written_is_an_alarm(scene):
    """It is said once, records go on, and what was missed is witnessed once there is room."""
    folder = scene.folder / "out"
    rmtree(folder)
    folder.write_text("a file where the folder should be")
    await scene.write(200)
    await scene.pass_time(3)
    assert ["is not witnessed" in text for text in scene.told("alarm")] == [True]
    folder.unlink()
    await scene.pass_time(1)
    assert [one.count for one in scene.file.read()[0]] == [201]


async def test_a_torn_line_is_said_and_the_next_is_whole(scene):
    """A line that a crash cut short hides none of the others."""
    await scene.write(1)
    await scene.witness.close()
    with (scene.folder / "out" / "witness.jsonl").open("ab") as file:
        file.write(b'{"site":"si')
    await scene.again()
    (alarm,) = scene.told("alarm")
    assert alarm.startswith("no checkpoint stands in the witness on line 3:")
    await scene.write(1)
    await scene.witness.close()
    told, torn = scene.file.read()
    assert ([one.count for one in told], torn) == ([1, 2, 3], [3])


async def test_a_restored_backup_gives_up_what_it_lost_and_says_so(scene):
    """A checkpoint before an earlier one holds only with the reason why, and that is told."""
    await scene.write(5)
    middle = await scene.ledger.verify()
    await scene.witness.close()
    await scene.write(5)
    await scene.witness.close()
    signer = scene.keys.current()
    assert signer is not None
    told = [*scene.file.read()[0], seal(middle, "site", signer)]
    _, keys, _ = await scene.witness.examined()
    with pytest.raises(WitnessBroken, match="it lies before one of 11 records"):
        examine(told, keys, "site", holds)
    told[-1] = seal(middle, "site", signer, "backup of Monday")
    found = examine(told, keys, "site", holds)
    assert found.heads[-1] == middle
    assert found.given_up == ("6 to 10: backup of Monday",)


@pytest.mark.catches("a restored backup is refused though somebody said so, or taken in silence")
async def test_f68_a_restored_backup_is_taken_if_somebody_says_so(scene):
    """It must lie on the checkpoints it reaches; what is beyond is given up, told and paged."""
    await scene.write(5)
    await scene.witness.close()
    await scene.ledger.close()
    backup = (scene.folder / "ledger.db").read_bytes()
    scene.begin()
    await scene.witness.start()
    await scene.write(5)
    await scene.witness.close()
    await scene.ledger.close()
    (scene.folder / "ledger.db").write_bytes(backup)
    scene.begin()
    with pytest.raises(ChainBroken, match="11 records were witnessed"):
        await scene.ledger.verify()
    (scene.folder / "restored").write_text("backup of Monday")
    assert (await scene.ledger.verify()).count == 6
    await scene.witness.start()
    assert "11 audit records were witnessed, 6 are left" in scene.told("page")[0]
    assert not (scene.folder / "restored").exists()
    await scene.write(7)
    await scene.witness.close()
    found = await scene.witness.verification(deep=True)
    assert (found.records, found.witnessed) == (13, 13)
    assert found.notes == ("witnessed and given up: records 6 to 10: backup of Monday",)
