import pytest

from api.settings import load
from twin_core.errors import BadInput


def test_flags_win_over_environment_and_environment_over_file(tmp_path):
    """opstwin.toml < environment < flags."""
    file = tmp_path / "opstwin.toml"
    file.write_text('port = 1000\nhost = "a"\nlog = "debug"\n')
    found = load(
        {"port": 3000, "host": None},
        environment={"OPSTWIN_PORT": "2000", "OPSTWIN_HOST": "b"},
        file=file,
    )
    assert (found.port, found.host, found.log) == (3000, "b", "debug")


def test_a_secret_in_the_file_is_refused(tmp_path):
    """Secrets come by environment or *_FILE only."""
    file = tmp_path / "opstwin.toml"
    for name in ("openai_api_key", "uns_password", "influxdb_token", "ledger_password"):
        file.write_text(f'{name} = "sk-1"\n')
        with pytest.raises(BadInput, match="is a secret"):
            load(environment={}, file=file)


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path):
    """NAME_FILE names a file that holds the secret, and the secret never shows in a repr."""
    secret = tmp_path / "key"
    secret.write_text("sk-2\n")
    found = load(environment={"OPENAI_API_KEY_FILE": str(secret)}, file=tmp_path / "none")
    assert found.openai_api_key is not None
    assert found.openai_api_key.get_secret_value() == "sk-2"
    assert "sk-2" not in repr(found)


@pytest.mark.parametrize(
    ("flags", "environment", "says"),
    [
        ({}, {"OPSTWIN_PORT": "many"}, "OPSTWIN_PORT: port"),
        ({"time_factor": 0}, {}, "--time-factor: time_factor"),
        ({}, {"OPSTWIN_KEEP_RAW_DAYS": "0.5"}, "OPSTWIN_KEEP_RAW_DAYS: .*at least 1"),
        ({"keep_raw_days": 30, "keep_minute_days": 7}, {}, "keep_minute_days: .*which is 30"),
        ({"keep_minute_days": 9}, {}, "keep_minute_days: .*keep_raw_days, which is 0"),
        ({"keep_hour_days": 399}, {}, "keep_hour_days: .*keep_minute_days, which is 0"),
        ({}, {"OPSTWIN_HISTORY": "influx"}, "OPSTWIN_HISTORY: history: .*'duckdb' or 'influxdb'"),
        ({}, {"OPSTWIN_COMPUTE": "ray"}, "OPSTWIN_COMPUTE: compute: .*pool, ray:auto, ray://host"),
        ({}, {"OPSTWIN_COMPUTE": "ray://a/b:1"}, "OPSTWIN_COMPUTE: compute"),
        ({}, {"OPSTWIN_COMPUTE": "ray://head:99999"}, "OPSTWIN_COMPUTE: compute"),
        ({}, {"INFLUXDB_BUCKET": "_tasks"}, "INFLUXDB_BUCKET: influxdb_bucket"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_place(flags, environment, says, tmp_path):
    """An error says which setting, and where it was given."""
    with pytest.raises(BadInput, match=says):
        load(flags, environment=environment, file=tmp_path / "none")


def test_a_cluster_is_named_by_its_door():
    """`ray:auto` is this machine's at Ray's own port."""
    for given, door in (
        ("pool", "pool"),
        ("ray:auto", "ray://127.0.0.1:10001"),
        ("ray://head.plant:10001", "ray://head.plant:10001"),
    ):
        assert load({"compute": given}, environment={}).compute == door


def test_an_unknown_key_says_what_is_allowed(tmp_path):
    """A typing error in the file is not silently ignored."""
    file = tmp_path / "opstwin.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(BadInput, match=r"prot.*Allowed:.*port"):
        load(environment={}, file=file)


def test_a_file_that_is_not_text_is_named(tmp_path):
    """opstwin.toml in another encoding is told, with the place."""
    file = tmp_path / "opstwin.toml"
    file.write_bytes(b'host = "\xff"\n')
    with pytest.raises(BadInput, match=r"opstwin.toml: not UTF-8 at byte 8"):
        load(environment={}, file=file)


@pytest.mark.parametrize("given", ["", "  ", "a\\u0000b"])
def test_a_data_directory_without_a_name_is_refused(tmp_path, given):
    """An empty data directory never means the current one."""
    file = tmp_path / "opstwin.toml"
    file.write_text(f'data = "{given}"\n')
    with pytest.raises(BadInput, match=r"opstwin.toml: data: .*a directory is needed"):
        load(environment={}, file=file)


def test_an_empty_variable_is_no_data_directory(tmp_path):
    """OPSTWIN_DATA set to nothing is told, with its name."""
    with pytest.raises(BadInput, match=r"OPSTWIN_DATA: data: .*a directory is needed"):
        load(environment={"OPSTWIN_DATA": ""}, file=tmp_path / "none")
