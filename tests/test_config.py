"""Settings from file, environment and command line; every wrong one is named, no secret is shown."""

from ipaddress import ip_network
from pathlib import Path

import hypothesis
import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from socstream.config import Config, load, settings, unknown_variables
from socstream.model.errors import ConfigError


def write(folder: Path, text: str) -> dict[str, str]:
    """An environment that names a file with this text."""
    file = folder / "socstream.toml"
    file.write_text(text)
    return {"SOCSTREAM_CONFIG": str(file)}


def complaint(environ: dict[str, str], options: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as error:
        load(environ, options)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_without_anything_every_setting_has_its_default() -> None:
    config = load({})
    assert config == Config()
    assert config.data.directory == Path(platformdirs.user_data_dir("socstream"))
    assert config.streams.directory is None
    assert config.ffmpeg.override is None
    assert config.gateway.url is None


def test_the_default_origins_are_those_of_the_contract() -> None:
    assert set(load({}).server.cors_origins) == {
        f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 3001, 5173)
    }


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("SOCSTREAM_HOST", "::1", "server.host", "::1"),
        ("SOCSTREAM_SERVER_HOST", "127.8.9.1", "server.host", "127.8.9.1"),
        ("SOCSTREAM_PORT", "0", "server.port", 0),
        ("CORS_ORIGINS", "https://a.example , http://b:81,", "server.cors_origins", ("https://a.example", "http://b:81")),
        ("CORS_ORIGINS", "", "server.cors_origins", ()),
        ("SOCSTREAM_DATA_DIR", "/data", "data.directory", Path("/data")),
        ("HLS_STREAM_DIR", "streams", "streams.directory", Path.cwd() / "streams"),
        ("SOCSTREAM_STREAMS_DIR", "~/streams", "streams.directory", Path.home() / "streams"),
        ("HLS_MANIFEST_WAIT_TIMEOUT", "8", "streams.manifest_wait_timeout", 8.0),
        ("SOCSTREAM_STREAMS_HELD_REQUESTS_PER_CLIENT", "5", "streams.held_requests_per_client", 5),
        ("HLS_RESTART_BACKOFF_SECONDS", "2.5", "streams.backoff_initial", 2.5),
        ("SOCSTREAM_FFMPEG", "/opt/ffmpeg", "ffmpeg.override", Path("/opt/ffmpeg")),
        ("SOCSTREAM_ALLOW_LOOPBACK_CAMERAS", "true", "cameras.allow_loopback", True),
        (
            "SOCSTREAM_CAMERAS_ALLOWED_NETWORKS",
            "192.0.2.0/24, fd00:7::/64",
            "cameras.networks",
            (ip_network("192.0.2.0/24"), ip_network("fd00:7::/64")),
        ),
        ("SOCSTREAM_CAMERAS_TLS_VERIFY", "OFF", "cameras.tls_verify", False),
        ("HLS_GATEWAY_BASE_URL", "https://gw.example:8443/hls/", "gateway.url", URL("https://gw.example:8443/hls/")),
        ("USE_HLS_VIA_BACKEND_PROXY", "0", "gateway.via_proxy", False),
        ("HARDWARE_INGEST_KEY", "k=y,#", "access.hardware_ingest_key", "k=y,#"),
        ("SOCSTREAM_ADMIN_PASSWORD", " pass word ", "access.admin_password", " pass word "),
        ("SOCSTREAM_ACCESS_ACCESS_TOKEN_LIFETIME", "60", "access.access_token_lifetime", 60.0),
        ("SOCSTREAM_LOG_LEVEL", "debug", "log.level", "debug"),
    ],
)  # fmt: skip
def test_a_variable_sets(name: str, text: str, key: str, value: object) -> None:
    section, attribute = key.split(".")
    found = getattr(getattr(load({name: text}), section), attribute)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("true", "1", "yes", "on", "True")),
        *((text, False) for text in ("false", "0", "no", "off", "NO")),
    ],
)
def test_a_boolean_has_many_spellings(text: str, value: bool) -> None:
    assert load({"USE_HLS_VIA_BACKEND_PROXY": text}).gateway.via_proxy is value


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    environ = write(tmp_path, '[server]\nport = 1\nhost = "127.0.0.2"\n[streams]\nstable_after = 3')
    assert load(environ).server.port == 1
    environ["SOCSTREAM_PORT"] = "2"
    assert load(environ).server.port == 2
    environ["SOCSTREAM_SERVER_PORT"] = "3"
    assert load(environ).server.port == 3
    config = load(environ, {"--port": "4"})
    assert (config.server.port, config.server.host, config.streams.stable_after) == (4, "127.0.0.2", 3.0)


def test_a_good_value_of_the_environment_hides_a_bad_one_of_the_file(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[server]\nport = -1") | {"SOCSTREAM_PORT": "80"}).server.port == 80


def test_a_section_that_is_none_is_named_whatever_the_environment_says(tmp_path: Path) -> None:
    told = complaint(write(tmp_path, "server = 1") | {"SOCSTREAM_PORT": "80"})
    assert told == f"server in {tmp_path}/socstream.toml must be a table"


def test_the_option_names_the_file_before_the_variable(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[server]\nport = 9")
    assert load(write(tmp_path, "[server]\nport = 1"), {"--config": str(other)}).server.port == 9


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("SOCSTREAM_PORT", "65536", "between 0 and 65535"),
        ("SOCSTREAM_PORT", "-1", "between 0 and 65535"),
        ("SOCSTREAM_PORT", "80a", "whole number"),
        ("SOCSTREAM_PORT", "", "whole number"),
        ("SOCSTREAM_PORT", "8_000", "whole number"),
        ("SOCSTREAM_PORT", "٨٠", "whole number"),
        ("CORS_ORIGINS", "*", "origins"),
        ("CORS_ORIGINS", "http://localhost:3000/", "origins"),
        ("CORS_ORIGINS", "http://a,null", "origins"),
        ("HLS_MANIFEST_WAIT_TIMEOUT", "0", "more than 0"),
        ("HLS_MANIFEST_WAIT_TIMEOUT", "-3", "more than 0"),
        ("HLS_MANIFEST_WAIT_TIMEOUT", "nan", "number"),
        ("HLS_MANIFEST_WAIT_TIMEOUT", "inf", "number"),
        ("HLS_RESTART_BACKOFF_SECONDS", "1e9", "number"),
        ("SOCSTREAM_STREAMS_STABLE_AFTER", "86401", "at most 86400"),
        ("SOCSTREAM_STREAMS_HELD_REQUESTS_PER_CLIENT", "0", "between"),
        ("SOCSTREAM_HOST", "", "address or a host name"),
        ("SOCSTREAM_HOST", "http://0.0.0.0", "address or a host name"),
        ("SOCSTREAM_SERVER_ALLOWED_HOSTS", "cams.example:80", "host names"),
        ("SOCSTREAM_SERVER_ALLOWED_HOSTS", "*.example", "host names"),
        ("SOCSTREAM_SERVER_TRUSTED_PROXIES", "10.0.0.1/8", "networks"),
        ("SOCSTREAM_SERVER_TRUSTED_PROXIES", "nginx", "networks"),
        ("SOCSTREAM_SERVER_REQUESTS_PER_SECOND", "0", "between"),
        ("SOCSTREAM_CAMERAS_ALLOWED_NETWORKS", "192.168.7.1/24", "bits behind the prefix"),
        ("SOCSTREAM_CAMERAS_ALLOWED_NETWORKS", "192.168.7.0/24,cam.lan", "networks"),
        ("SOCSTREAM_STORE_KEY_FILE", "~nobody-that-we-know/key", "home"),
        ("SOCSTREAM_ALLOW_LOOPBACK_CAMERAS", "maybe", "true or false"),
        ("SOCSTREAM_ALLOW_LOOPBACK_CAMERAS", "", "true or false"),
        ("HLS_GATEWAY_BASE_URL", "ftp://gw", "http"),
        ("HLS_GATEWAY_BASE_URL", "gw.example", "http"),
        ("HLS_GATEWAY_BASE_URL", "http://", "http|URL"),
        ("HLS_GATEWAY_BASE_URL", "http://gw:99999", "URL"),
        ("HLS_GATEWAY_BASE_URL", "http://gw/?a=b", "query"),
        ("SOCSTREAM_DATA_DIR", "~nobody-that-we-know/x", "home"),
        ("SOCSTREAM_LOG_LEVEL", "loud", "debug, info"),
    ],
)
def test_a_wrong_variable_is_named_with_the_reason(name: str, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} .*({why})"):
        load({name: text})


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("[server]\nprot = 1", "server.prot", "is not a setting"),
        ("[sever]\nport = 1", "sever", "is not a setting"),
        ("port = 1", "port", "is not a setting"),
        ("server = 1", "server", "must be a table"),
        ("[server.port]\nx = 1", "server.port", "whole number"),
        ('[server]\nport = "8000"', "server.port", "whole number"),
        ("[server]\nport = 8000.0", "server.port", "whole number"),
        ("[server]\nport = true", "server.port", "whole number"),
        ("[server]\nport = 65536", "server.port", "between 0 and 65535"),
        ("[server]\nhost = 127", "server.host", "a text"),
        ('[server]\ncors_origins = "http://localhost:3000"', "server.cors_origins", "list of texts"),
        ("[server]\ncors_origins = [3000]", "server.cors_origins", "list of texts"),
        ('[streams]\nmanifest_wait_timeout = "15"', "streams.manifest_wait_timeout", "a number"),
        ("[streams]\nstable_after = inf", "streams.stable_after", "at most"),
        ("[streams]\nstable_after = nan", "streams.stable_after", "at most"),
        (f"[streams]\nstable_after = 1{400 * '0'}", "streams.stable_after", "a number"),
        ("[streams]\nbackoff_initial = 31", "streams", "backoff_maximum below its backoff_initial"),
        ('[cameras]\nallow_loopback = "false"', "cameras.allow_loopback", "true or false"),
        ("[cameras]\nallow_loopback = 1", "cameras.allow_loopback", "true or false"),
        ('[data]\ndir = "a\\u0000b"', "data.dir", "NUL"),
    ],
)  # fmt: skip
def test_a_wrong_setting_of_the_file_is_named_with_the_reason(
    tmp_path: Path, text: str, name: str, why: str
) -> None:
    told = complaint(write(tmp_path, text))
    assert told.startswith(f"{name} in {tmp_path}/socstream.toml ")
    assert why in told


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    environ = write(tmp_path, '[server]\nhost = "a b"\nport = 99999\n[log]\nlevel = 3\n[x]\ny = 1')
    told = complaint(
        environ | {"CORS_ORIGINS": "*", "HLS_STREAM_DIR": "~nobody-that-we-know"}, {"--port": "x"}
    )
    for name in ("server.host", "--port", "log.level", "x in", "CORS_ORIGINS", "HLS_STREAM_DIR"):
        assert name in told
    assert "99999" not in told
    assert told.count(";") == 5


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "camera.example"])
def test_beyond_loopback_there_are_three_ways_and_no_fourth(host: str) -> None:
    told = complaint({"SOCSTREAM_HOST": host})
    for way, text in (
        ("allow_plain_http", "true"),
        ("trusted_proxies", "192.0.2.0/24"),
        ("tls_certificate", "/etc/cert.pem"),
    ):
        assert way in told
        given = {"SOCSTREAM_HOST": host, f"SOCSTREAM_SERVER_{way}".upper(): text}
        if way == "tls_certificate":
            assert "tls_key" in complaint(given)
            given["SOCSTREAM_SERVER_TLS_KEY"] = "/etc/key.pem"
        assert load(given).server.host == host


@pytest.mark.parametrize("content", [b"[server", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    assert complaint({"SOCSTREAM_CONFIG": str(file)}).startswith(f"{file} is not a TOML file")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert (
        complaint({}, {"--config": "/no/such.toml"})
        == "/no/such.toml cannot be read: No such file or directory"
    )
    assert complaint({}, {"--config": str(tmp_path)}) == f"{tmp_path} cannot be read: Is a directory"


def test_no_secret_is_printed(tmp_path: Path) -> None:
    config = load({"HARDWARE_INGEST_KEY": "s3cret", "SOCSTREAM_ADMIN_PASSWORD": "s3cret s3cret"})
    assert config.access.hardware_ingest_key == "s3cret"
    assert config.access.admin_password == "s3cret s3cret"
    assert "s3cret" not in repr(config) + str(config)


@pytest.mark.parametrize(
    "line", ["admin_password = 41414141", 'admin_password = ["41414141"]', 'admin_pasword = "41414141"']
)
def test_no_secret_is_printed_by_an_error(tmp_path: Path, line: str) -> None:
    assert "41414141" not in complaint(write(tmp_path, f"[access]\n{line}"))


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"SOCSTREAM_ADMIN_PASSWORD": "1234567"}, "SOCSTREAM_ADMIN_PASSWORD must be empty or have 8 to 128 "),
        ({"SOCSTREAM_ADMIN_PASSWORD": "x" * 129}, "SOCSTREAM_ADMIN_PASSWORD must be empty or have 8 to 128 "),
        (
            {"SOCSTREAM_ACCESS_ACCESS_TOKEN_LIFETIME": "7200", "SOCSTREAM_ACCESS_REFRESH_LIFETIME": "3600"},
            "access has a refresh_lifetime below its access_token_lifetime",
        ),
    ],
)
def test_who_gets_in_has_bounds(environ: dict[str, str], told: str) -> None:
    assert complaint(environ).startswith(told)


def test_a_gateway_with_a_password_is_refused_without_repeating_it() -> None:
    told = complaint({"HLS_GATEWAY_BASE_URL": "http://user:s3cret@gw.example/"})
    assert "password" in told
    assert "s3cret" not in told


def test_only_variables_that_look_like_ours_and_are_not_are_unknown() -> None:
    known = {source for setting in settings() for source in setting.sources if source.startswith("SOCSTREAM")}
    environ = dict.fromkeys(
        [*known, "SOCSTREAM_CONFIG", "HOME", "HLS_X", "SOCSTREAM_PROT", "SOCSTREAM_A"], ""
    )
    assert unknown_variables(environ) == ["SOCSTREAM_A", "SOCSTREAM_PROT"]


@hypothesis.settings(deadline=None)  # the test's own is enough on a busy box
@given(
    st.dictionaries(
        st.sampled_from([source for setting in settings() for source in setting.sources]),
        st.text(max_size=20),
    )
)
def test_any_text_is_a_setting_or_is_refused_by_name(texts: dict[str, str]) -> None:
    refused = ""
    try:
        load(texts)
    except ConfigError as error:
        refused = str(error)
    assert (
        not refused
        or any(word in refused for word in ("backoff", "--host", "tls_key"))
        or any(source in refused for source in texts)
    )


@pytest.mark.parametrize("name", ["SOCSTREAM_DATA_DIR", "HLS_STREAM_DIR"])
def test_a_directory_whose_name_ffmpeg_would_fill_in_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load({name: "/srv/%d"})
