"""Files: a place to put them, and their being shared."""

import httpx

from tests.evals.slack.refusing import refused


async def test_a_file_is_put_and_shared_in_a_thread(client, slack, line, ada):
    """The three steps that Slack's client takes for one."""
    ts = (await client.chat_postMessage(channel=line.id, text="top"))["ts"]
    told = await client.files_upload_v2(
        channel=line.id, thread_ts=ts, filename="chart.png", title="Speed", content=b"\x89PNG",
        initial_comment="see",
    )  # fmt: skip
    assert slack.contents[told["file"]["id"]] == b"\x89PNG"
    assert slack.seen(ada, line).splitlines() == [
        "twin: top", "    twin: see", "      (file: Speed)",
    ]  # fmt: skip


async def test_a_file_is_as_long_as_was_told_and_put_once(client, slack, line):
    """Another length, a second time, an unknown place: refused; and so is sharing what is not."""
    told = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    place, name = told["upload_url"], told["file_id"]
    share = client.files_completeUploadExternal
    await refused(share(files=[{"id": name}], channel_id=line.id), "file_not_found")
    async with httpx.AsyncClient() as web:
        assert (await web.post(place, content=b"four")).status_code == 400
        assert (await web.post(place, files={"file": ("a.txt", b"abc")})).text == "OK - 3"
        assert (await web.post(place, content=b"abc")).status_code == 404
        assert (await web.post(f"{slack.url}/upload/v1/F0X", content=b"a")).status_code == 404
    assert slack.contents[name] == b"abc"
    call = share(files=[{"id": name}], channel_id="C0NOWHERE")
    await refused(call, "channel_not_found")
    await share(files=[{"id": name, "title": "A"}], channel_id=line.id)
    assert line.messages[-1].files[0]["title"] == "A"


async def test_an_upload_needs_a_name_and_a_length(client):
    """Neither may be missing or nothing."""
    ask = client.files_getUploadURLExternal
    await refused(ask(filename="", length=3), "invalid_arguments")
    await refused(ask(filename="a", length=0), "invalid_arguments")
    await refused(ask(filename="a", length=2_000_000_000), "file_upload_size_restricted")
