"""Every setting in one model: `opstwin.toml` < environment < flags.

The only module that reads the environment. Secrets come by environment or `*_FILE` only and are
refused in the file.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from twin_core.answer import Grant
from twin_core.errors import BadInput

_SECRETS = {
    "openai_api_key",
    "embeddings_key",
    "uns_password",
    "influxdb_token",
    "ledger_password",
    "threads_password",
    "page_webhook_secret",
    "slack_bot_token",
    "slack_app_token",
    "slack_signing_secret",
}
_ADDRESSES = (
    "url",
    "influxdb_url",
    "openai_base_url",
    "embeddings_url",
    "uns",
    "oidc_issuer",
    "witness_url",
    "slack_url",
)
_ENVIRONMENT = {
    "OPSTWIN_DATA": "data",
    "OPSTWIN_PLANT": "plant",
    "OPSTWIN_HOST": "host",
    "OPSTWIN_PORT": "port",
    "OPSTWIN_MODEL": "model",
    "OPSTWIN_PRICE_READ": "price_read",
    "OPSTWIN_PRICE_CACHED": "price_cached",
    "OPSTWIN_PRICE_WRITTEN": "price_written",
    "OPSTWIN_PRICE_CURRENCY": "price_currency",
    "OPSTWIN_MOST_TOKENS": "most_tokens",
    "OPSTWIN_MOST_COST": "most_cost",
    "OPSTWIN_POLICY": "policy",
    "OPSTWIN_ONCALL": "oncall",
    "OPSTWIN_PAGE_WEBHOOK": "page_webhook",
    "OPSTWIN_PAGE_WEBHOOK_SECRET": "page_webhook_secret",
    "OPSTWIN_SLACK_BOT_TOKEN": "slack_bot_token",
    "OPSTWIN_SLACK_APP_TOKEN": "slack_app_token",
    "OPSTWIN_SLACK_SIGNING_SECRET": "slack_signing_secret",
    "OPSTWIN_SLACK_MODE": "slack_mode",
    "OPSTWIN_SLACK_CHANNEL": "slack_channel",
    "OPSTWIN_SLACK_URL": "slack_url",
    "OPSTWIN_WITNESS": "witness",
    "OPSTWIN_WITNESS_URL": "witness_url",
    "OPSTWIN_LEDGER_BUDGET_MB": "ledger_budget_mb",
    "OPSTWIN_LOCAL_RULES": "local_rules",
    "OPSTWIN_TIME_FACTOR": "time_factor",
    "OPSTWIN_TIME_ORIGIN": "time_origin",
    "OPSTWIN_KEEP_RAW_DAYS": "keep_raw_days",
    "OPSTWIN_KEEP_MINUTE_DAYS": "keep_minute_days",
    "OPSTWIN_KEEP_HOUR_DAYS": "keep_hour_days",
    "OPSTWIN_COMPUTE": "compute",
    "OPSTWIN_HISTORY": "history",
    "INFLUXDB_URL": "influxdb_url",
    "INFLUXDB_ORG": "influxdb_org",
    "INFLUXDB_BUCKET": "influxdb_bucket",
    "INFLUXDB_TOKEN": "influxdb_token",
    "INFLUXDB_CA_FILE": "influxdb_ca_file",
    "INFLUXDB_BUFFER_MB": "influxdb_buffer_mb",
    "OPSTWIN_LEDGER_URL": "ledger_url",
    "OPSTWIN_LEDGER_PASSWORD": "ledger_password",
    "OPSTWIN_THREADS_URL": "threads_url",
    "OPSTWIN_THREADS_PASSWORD": "threads_password",
    "OPSTWIN_KEEP_THREADS_DAYS": "keep_threads_days",
    "OPSTWIN_LOG": "log",
    "OPSTWIN_URL": "url",
    "OPSTWIN_DATASETS": "datasets",
    "OPSTWIN_UNS": "uns",
    "OPSTWIN_UNS_PREFIX": "uns_prefix",
    "OPSTWIN_UNS_USERNAME": "uns_username",
    "OPSTWIN_UNS_PASSWORD": "uns_password",
    "OPSTWIN_UNS_CA_FILE": "uns_ca_file",
    "OPSTWIN_EMBEDDINGS": "embeddings",
    "OPSTWIN_EMBEDDINGS_URL": "embeddings_url",
    "OPSTWIN_EMBEDDINGS_KEY": "embeddings_key",
    "OPSTWIN_OIDC_ISSUER": "oidc_issuer",
    "OPSTWIN_OIDC_CLIENT_ID": "oidc_client_id",
    "OPSTWIN_OIDC_AUDIENCE": "oidc_audience",
    "OPSTWIN_OIDC_CA_FILE": "oidc_ca_file",
    "OPENAI_API_KEY": "openai_api_key",
    "OPENAI_BASE_URL": "openai_base_url",
}


class Settings(BaseModel):
    """What can be set.

    Attributes:
        data: the one data directory.
        plant: the plant file.
        policy: a policy file; absent = the shipped policy.
        oncall: an on-call file: who is told when nobody answers; absent = nobody in particular.
        page_webhook, page_webhook_secret: where pages of that file are sent besides (`https://…`,
            `http` on this machine only), and what signs them (`whsec_` and base64).
        slack_bot_token: who we are in Slack (`xoxb-…`); absent = no Slack.
        slack_mode: how Slack reaches us: `socket`, we call it and nothing need be open to the
            outside, with slack_app_token (`xapp-…`); or `http`, it calls `/slack/events`, with
            slack_signing_secret.
        slack_channel: id or #name of the channel for what waits for people and what is news; absent
            = neither is posted anywhere.
        slack_url: its Web API.
        witness: the file to which signed heads of the audit chain are appended; absent = one in
            the data directory, where who can write the ledger can write it too: put it elsewhere.
        witness_url: a server that is told the newest of them (`https`; `http` on this machine
            only); absent = none.
        ledger_budget_mb: MiB the ledger may take; 0 = all that the disk has. At 80 % of it there
            is an alarm.
        local_rules: a file of local rules; absent = there are none.
        host, port: where the API listens.
        url: where the command line finds the server.
        time_factor, time_origin: plant time = origin + factor · (host − origin); 1 on a real plant.
        sources: source id → URL, over those of the plant file.
        keep_raw_days, keep_minute_days, keep_hour_days: plant days for which readings, their
            minutes and their hours are kept; 0 = for ever. None is kept shorter than a finer one.
        history: `duckdb`, a file in the data directory, or `influxdb`, a server; that one keeps no
            minutes and hours apart from the readings.
        influxdb_url, influxdb_org, influxdb_token: where InfluxDB 2 is (`https://HOST:PORT`; `http`
            on this machine only) and who we are there; needed for `influxdb`.
        influxdb_bucket: of the readings; the log is in the bucket of that name and `_log`. Both
            are made when absent, and keep what they have as long as `keep_raw_days` says.
        influxdb_ca_file: whom we trust, over the system's authorities.
        influxdb_buffer_mb: MiB of readings that may wait on disk while the server is away.
        ledger_url: a database of PostgreSQL for this site's ledger alone, without a password in it
            (`postgresql://USER@HOST:PORT/DATABASE`); absent = a file in the data directory.
        ledger_password: of its user.
        threads_url, threads_password: a database of PostgreSQL for conversations, another one than
            the ledger's, given alike; absent = a file in the data directory.
        keep_threads_days: days after which a conversation that was not gone on with is let go.
        model: name of the language model; absent or `offline` = the offline operator.
        price_read, price_written: what its endpoint takes for a million tokens read and written,
            in `price_currency`; absent = no cost is told.
        price_cached: for a million tokens that it read from its cache; absent = as `price_read`.
        most_tokens, most_cost: what one answer may use of them; then the offline operator answers.
        embeddings: name of the model that makes vectors of documents and questions, at an
            OpenAI-compatible endpoint; absent = the one that comes with us. Another one embeds
            every document again.
        embeddings_url, embeddings_key: that endpoint; absent = those of the language model.
        uns: the broker (`mqtt://HOST` on this machine, else `mqtts://HOST`) to which what is
            believed is republished, below `uns_prefix`; absent = nowhere.
        uns_username, uns_password, uns_ca_file: who we are there, and whom we trust.
        oidc_issuer, oidc_client_id: an OpenID provider whose people may sign in, and who we are
            there; absent = nobody's but our own users.
        oidc_audience: whom its tokens must be meant for; absent = the client id.
        oidc_scope: what `opstwin login` asks the provider for.
        oidc_user_claim, oidc_name_claim, oidc_groups_claim: where its tokens say who somebody is
            (`sub` is never given to another), how he is called, and his groups (`a.b` = b in a).
        oidc_groups: group → what its people may, each as ROLE@PATH; others may nothing.
        oidc_claims_s: seconds for which the provider's last word on somebody holds.
        oidc_ca_file: whom we trust besides the system's authorities.
        datasets: where real data for benches lies; absent = they say that it is not present.
        compute: where it is simulated: `pool`, processes of this machine; or a Ray cluster by its
            door for outsiders, `ray://HOST:PORT`, or `ray:auto`, this machine's at Ray's own port.
        workers: processes for long simulation, beside one more for short; absent = cores − 1, at
            least 1. Of a cluster: all there are, one of them kept for short.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("var")
    plant: Path | None = None
    policy: Path | None = None
    oncall: Path | None = None
    page_webhook: str | None = None
    page_webhook_secret: SecretStr | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_mode: Literal["socket", "http"] = "socket"
    slack_channel: str = Field(default="", max_length=100)
    slack_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://.+/$")
    witness: Path | None = None
    witness_url: str | None = None
    ledger_budget_mb: int = Field(default=0, ge=0, le=1_073_741_824)
    local_rules: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    url: str = "http://127.0.0.1:8420"
    time_factor: float = Field(default=1.0, gt=0, le=100)
    time_origin: int = 0
    sources: dict[str, str] = Field(default_factory=dict)
    keep_raw_days: float = Field(default=0, ge=0, le=36_500)
    keep_minute_days: float = Field(default=0, ge=0, le=36_500, validate_default=True)
    keep_hour_days: float = Field(default=0, ge=0, le=36_500, validate_default=True)
    history: Literal["duckdb", "influxdb"] = "duckdb"
    influxdb_url: str | None = None
    influxdb_org: str | None = None
    influxdb_bucket: str = Field(default="opstwin", pattern=r"^[^/_\x00][^/\x00]*$")
    influxdb_token: SecretStr | None = None
    influxdb_ca_file: str = ""
    influxdb_buffer_mb: int = Field(default=1024, ge=1, le=1_048_576)
    ledger_url: str | None = None
    ledger_password: SecretStr | None = None
    threads_url: str | None = None
    threads_password: SecretStr | None = None
    keep_threads_days: float = Field(default=90, gt=0, le=36_500)
    model: str | None = None
    price_read: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_written: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    price_currency: str = Field(default="USD", min_length=1, max_length=10)
    most_tokens: int = Field(default=200_000, gt=0)
    most_cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    embeddings: str | None = Field(default=None, min_length=1, max_length=200)
    embeddings_url: str | None = None
    embeddings_key: SecretStr | None = None
    uns: str | None = None
    uns_prefix: str = Field(default="opstwin", pattern=r"^[^+#\x00]+$")
    uns_username: str | None = None
    uns_password: SecretStr | None = None
    uns_ca_file: str = ""
    oidc_issuer: str | None = None
    oidc_client_id: str | None = Field(default=None, min_length=1, max_length=200)
    oidc_audience: str | None = Field(default=None, min_length=1, max_length=500)
    oidc_scope: str = Field(default="openid profile", pattern=r"^[!-~]+( [!-~]+)*$")
    oidc_user_claim: str = Field(default="sub", min_length=1, max_length=200)
    oidc_name_claim: str = Field(default="name", min_length=1, max_length=200)
    oidc_groups_claim: str = Field(default="groups", min_length=1, max_length=200)
    oidc_groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    oidc_claims_s: float = Field(default=3600, ge=60, le=86_400)
    oidc_ca_file: str = ""
    datasets: Path | None = None
    compute: str = "pool"
    workers: int | None = Field(default=None, ge=1)
    seed: int = 1
    log: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("oidc_groups")
    @classmethod
    def _roles_at_assets(cls, groups: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for texts in groups.values():
            for text in texts:
                try:
                    Grant.parse(text)
                except BadInput as problem:
                    raise ValueError(str(problem)) from problem
        return groups

    @field_validator(*_ADDRESSES)
    @classmethod
    def _without_a_password(cls, given: str | None) -> str | None:
        """An address is shown in messages and logs; it is no place for a secret."""
        if given is not None and re.match(r"[^/?#]*//[^/?#]*@", given):
            raise ValueError("an address without user and password is needed")
        return given

    @field_validator("keep_raw_days")
    @classmethod
    def _a_day_at_least(cls, days: float) -> float:
        """A restart replays the readings, and the twin looks back further than an hour."""
        if 0 < days < 1:
            raise ValueError("at least 1, or 0 for ever")
        return days

    @field_validator("keep_minute_days", "keep_hour_days")
    @classmethod
    def _no_shorter_than_the_finer(cls, days: float, others: ValidationInfo) -> float:
        finer = "keep_raw_days" if others.field_name == "keep_minute_days" else "keep_minute_days"
        least = others.data.get(finer, 0.0)
        if 0 < days < least or (days and not least):
            raise ValueError(f"no shorter than {finer}, which is {least:g} (0 = for ever)")
        return days

    @field_validator("compute")
    @classmethod
    def _pool_or_ray(cls, given: str) -> str:
        if given == "ray:auto":
            return "ray://127.0.0.1:10001"
        door = re.fullmatch(r"ray://[A-Za-z0-9._-]+:(\d{1,5})", given)
        if given != "pool" and (door is None or not 0 < int(door[1]) <= 65535):
            raise ValueError("allowed: pool, ray:auto, ray://HOST:PORT")
        return given

    @field_validator("data", mode="before")
    @classmethod
    def _a_directory(cls, given: Any) -> Any:
        """An empty path would be the current directory, which nobody meant by it."""
        if isinstance(given, str) and (not given.strip() or "\0" in given):
            raise ValueError("a directory is needed")
        return given


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Settings from the file, over them the environment, over them `flags` that are not None.

    Raises:
        BadInput: an unknown key or a value that cannot be, with its place and what is allowed.
    """
    given: dict[str, tuple[Any, str]] = {}
    path = file or Path("opstwin.toml")
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as problem:
            raise BadInput(f"{path}: not UTF-8 at byte {problem.start}.") from problem
        except OSError as problem:
            raise BadInput(f"{path} cannot be read: {problem.strerror}.") from problem
        except tomllib.TOMLDecodeError as problem:
            raise BadInput(f"{path}: not TOML: {problem}.") from problem
        for key, value in table.items():
            if key in _SECRETS:
                raise BadInput(f"{path}: {key} is a secret; give it by environment or *_FILE.")
            given[key] = (value, str(path))
    environ = os.environ if environment is None else environment
    for variable, key in _ENVIRONMENT.items():
        value = environ.get(variable, "")
        where = environ.get(f"{variable}_FILE", "")
        if key in _SECRETS and where and not value:
            try:
                value = Path(where).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as problem:
                raise BadInput(f"{variable}_FILE: {where} cannot be read.") from problem
        if value or (key == "data" and variable in environ):
            given[key] = (value, variable)
    for key, value in (flags or {}).items():
        if value is not None:
            given[key] = (value, f"--{key.replace('_', '-')}")
    try:
        return Settings.model_validate({key: value for key, (value, _) in given.items()})
    except ValidationError as problem:
        first = problem.errors()[0]
        key = str(first["loc"][0])
        where = given[key][1] if key in given else "settings"
        allowed = ", ".join(Settings.model_fields) if first["type"] == "extra_forbidden" else ""
        tail = f" Allowed: {allowed}." if allowed else ""
        raise BadInput(f"{where}: {key}: {first['msg'].lower()}.{tail}") from problem


def quiet_libraries(data: Path) -> None:
    """Set what libraries read from the environment themselves; before they are imported.

    Args:
        data: the data directory. What numba compiles is kept there where it cannot be beside its
            source; where it can be, all data directories of an installation share it.
    """
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    os.environ.setdefault("LANGCHAIN_TRACING_V2", "false")
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not os.access(str(files("twin_core") / "simulation" / "lines"), os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str((data / "cache" / "numba").absolute()))
    os.environ["MPLBACKEND"] = "agg"  # workers have no display, whatever this shell draws on
