"""What `opstwin doctor` looks at: this installation, its data, the running server."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from api.client import Client
from api.clock import SystemClock
from api.directory import DataDirectory, stored_token
from api.settings import Settings
from twin_core.errors import OpsTwinError

_PACKAGES = ("langgraph", "langchain", "openai", "chromadb", "fastapi", "asyncua", "pymodbus",
             "aiomqtt", "duckdb", "simpy", "scikit-learn", "influxdb-client",
             "slack-bolt")  # fmt: skip
_LITTLE_SPACE = 2**30


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    what: str
    state: Literal["ok", "note", "bad"]
    found: str


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, cheapest first."""
    new_enough = sys.version_info >= (3, 11)
    yield Check("python", "ok" if new_enough else "bad", sys.version.split()[0])
    for package in _PACKAGES:
        try:
            yield Check(package, "ok", version(package))
        except PackageNotFoundError:
            yield Check(package, "bad", "not installed; run `make setup`")
    yield from _data(settings)
    yield from _history(settings)
    yield from _certificates(settings)
    yield from _model(settings)
    yield from _slack(settings)
    yield from _server(settings)


def _data(settings: Settings) -> Iterator[Check]:
    try:
        directory = DataDirectory(settings.data)
    except OpsTwinError as problem:
        yield Check("data directory", "bad", str(problem))
        return
    root, open_to = directory.root, directory.open_to
    free = shutil.disk_usage(root).free
    writable = os.access(root, os.W_OK)
    well = writable and free > _LITTLE_SPACE and not open_to
    state: Literal["ok", "bad"] = "ok" if well else "bad"
    rights = "writable" if writable else "not writable"
    yield Check(
        "data directory",
        state,
        f"{root.resolve()}: {rights}, {free >> 30} GiB free" + f"; {open_to}" * bool(open_to),
    )


def _history(settings: Settings) -> Iterator[Check]:
    if settings.history == "duckdb":
        yield Check("history", "ok", "DuckDB, in the data directory")
        return
    from api.outside import influxdb_buckets

    where = f"InfluxDB at {settings.influxdb_url}"
    try:
        buckets = influxdb_buckets(settings)
    except OpsTwinError as problem:
        yield Check("history", "bad", str(problem))
        return
    for name, seconds in buckets.items():
        if seconds is None:
            yield Check(f"bucket {name}", "note", f"{where}: not there; `opstwin serve` makes it")
        else:
            kept = f"keeps {seconds / 86_400:g} days" if seconds else "keeps all"
            yield Check(f"bucket {name}", "ok", f"{where}: {kept}")


def _certificates(settings: Settings) -> Iterator[Check]:
    from api.outside_trust import keys

    now = SystemClock().ledger()
    try:
        found = keys(settings).certificates()
    except OpsTwinError as problem:
        yield Check("certificates", "bad", str(problem))
        return
    if not found:
        yield Check("certificates", "note", "none; `opstwin certs make` makes ours")
    states: dict[str, Literal["ok", "note", "bad"]] = {"valid": "ok", "expiring": "note"}
    for certificate in found:
        state = states.get(certificate.state(now), "bad")
        yield Check(f"certificate of {certificate.holder}", state, certificate.told(now))


def _model(settings: Settings) -> Iterator[Check]:
    if settings.openai_api_key is None and settings.openai_base_url is None:
        yield Check("model", "note", "no OPENAI_API_KEY: the offline operator answers")
    else:
        where = settings.openai_base_url or "OpenAI"
        yield Check("model", "ok", f"{settings.model or 'no OPSTWIN_MODEL given'} at {where}")


def _slack(settings: Settings) -> Iterator[Check]:
    if settings.slack_bot_token is None:
        yield Check("Slack", "note", "no OPSTWIN_SLACK_BOT_TOKEN: nobody is asked there")
        return
    from api.slack_seen import seen

    yield from (Check(what, state, found) for what, state, found in seen(settings))


def _told(parts: dict[str, Any]) -> str:
    """A line for each part of a server, and below it one for each of its own."""
    lines = [""]
    for name, state in parts.items():
        if isinstance(state, dict):
            lines.append(f"  {name}: {'' if state else 'none'}".rstrip())
            lines += [f"    {inner}: {_plain(said)}" for inner, said in state.items()]
        else:
            lines.append(f"  {name}: {_plain(state)}")
    return "\n    ".join(lines)


def _plain(said: Any) -> str:
    return said if isinstance(said, str) else json.dumps(said)


def _server(settings: Settings) -> Iterator[Check]:
    client = Client(settings.url)
    try:
        report = client.health()
    except OpsTwinError as problem:
        yield Check("server", "note", str(problem))
        return
    yield Check("server", "ok" if report["ok"] else "bad", _told(report["parts"]))
    if stored_token(client.url) is None:
        yield Check("signed in", "note", "no; run `opstwin login USER`")
        return
    try:
        who = client.get("/me")
    except OpsTwinError as problem:
        yield Check("signed in", "bad", str(problem))
    else:
        held = [*who["roles"], *(f"{one['role']}@{one['at']}" for one in who["grants"])]
        yield Check("signed in", "ok", f"{who['name']} ({', '.join(held)})")
