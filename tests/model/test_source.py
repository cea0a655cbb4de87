"""What may be a camera's URL, what becomes of it, and who sees its password."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from socstream.model.errors import InvalidInput
from socstream.model.source import (
    LONGEST_URL,
    LONGEST_USER_INFO,
    Credentials,
    Source,
    parse_source,
)

# Everything that a shell, a log line, an ffconcat script or an HTML attribute could stumble over.
DANGEROUS = re.compile(r"[\s\"'`<>\\#\x00-\x20\x7f-\U0010ffff]")

REFUSED = {
    "empty": "",
    "too long": "rtsp://host/" + "a" * (LONGEST_URL - 11),
    "scheme only": "rtsp://",
    "no host, a path": "rtsp:///live",
    "user but no host": "rtsp://u:p@/live",
    "port 0": "rtsp://host:0/",
    "port 65536": "rtsp://host:65536/",
    "port -1": "rtsp://host:-1/",
    "port 80a": "rtsp://host:80a/",
    "port +80": "rtsp://host:+80/",
    "port 8_0": "rtsp://[2001:db8::7]:8_0/",
    "port missing": "rtsp://host:/",
    "two ports": "rtsp://host:554:554/",
    "file": "file:///etc/passwd",
    "path": "/etc/passwd",
    "concat": "concat:/etc/passwd|/etc/shadow",
    "data": "data:text/plain,hello",
    "subfile": "subfile,,start,0,end,9,,:/etc/passwd",
    "pipe": "pipe:0",
    "dash": "-",
    "option": "-y",
    "tee": "tee:/tmp/a|/tmp/b",
    "lavfi": "lavfi",
    "srt": "srt://host:554",
    "udp": "udp://host:554",
    "sftp": "sftp://host/x",
    "ftp": "ftp://host/x",
    "javascript": "javascript:alert(1)",
    "scheme within a scheme": "rtsp+rtsp://host/",
    "relative to the scheme": "//host/live",
    "space before": " rtsp://host/",
    "space within": "rtsp://host/a b",
    "CR": "rtsp://host/\r",
    "LF": "rtsp://host/\nfile '/etc/passwd'",
    "LF at the end": "rtsp://host/\n",
    "NUL": "rtsp://host/\0",
    "tab": "rtsp://host/\t",
    "DEL": "rtsp://host/\x7f",
    "right-to-left override": "rtsp://host/\u202e",
    "full-width letters": "rtsp://host/\uff4c\uff49\uff56\uff45",
    "full-width host": "rtsp://\uff48ost/",
    "single quote": "rtsp://host/it's",
    "double quote": 'rtsp://host/"',
    "backslash": "rtsp://host\\@evil/",
    "angle bracket": "rtsp://host/<script>",
    "fragment": "rtsp://host/live#top",
    "two @": "rtsp://u:p@ss@host/",
    "hex IPv4": "rtsp://0x7f.1/",
    "hex IPv4 as one number": "rtsp://0x7f000001/",
    "decimal IPv4": "rtsp://2130706433/",
    "octal IPv4": "rtsp://0177.0.0.1/",
    "short IPv4": "rtsp://127.1/",
    "zero": "rtsp://0/",
    "long IPv4": "rtsp://1.2.3.4.5/",
    "IPv4 too large": "rtsp://256.1.1.1/",
    "IPv4 with a dot behind": "rtsp://127.0.0.1./",
    "IPv6 zone": "rtsp://[fe80::1%eth0]/",
    "IPv6 zone, escaped": "rtsp://[fe80::1%25eth0]/",
    "IPv6 unclosed": "rtsp://[::1/",
    "IPv6 nonsense": "rtsp://[::gggg]/",
    "IPv6 with a tail": "rtsp://[::1]x/",
    "escaped host": "rtsp://ex%61mple/",
    "host of a semicolon": "rtsp://a;b/",
    "host of an empty label": "rtsp://a..b/",
    "host that begins with a hyphen": "rtsp://-y/",
    "host label too long": "rtsp://" + "a" * 64 + "/",
    "host too long": "rtsp://" + "a." * 127 + "aa/",
    "password that is no UTF-8": "rtsp://u:p%E4ss@host/",
    "NUL in the password": "rtsp://u:p%00ss@host/",
    "password that FFmpeg would cut": "rtsp://u:" + "p" * LONGEST_USER_INFO + "@host/",
}

CANONICAL = {
    "RTSP://host/x": "rtsp://host/x",
    "rtsp://HOST/Live": "rtsp://host/Live",
    "rtsp://host": "rtsp://host",
    "rtsp://host/": "rtsp://host/",
    "rtsp://host:8554/x": "rtsp://host:8554/x",
    "rtsp://host:0554/x": "rtsp://host:554/x",
    "rtsps://host/x": "rtsps://host/x",
    "http://host/live.m3u8?token=1": "http://host/live.m3u8?token=1",
    "https://host/live.m3u8": "https://host/live.m3u8",
    "rtsp://u:p@192.0.2.7/x": "rtsp://192.0.2.7/x",
    "rtsp://@host/x": "rtsp://host/x",
    "rtsp://host/a/../b": "rtsp://host/b",
    "rtsp://host/cam/realmonitor?channel=1&subtype=0": "rtsp://host/cam/realmonitor?channel=1&subtype=0",
    "rtsp://host/user=a_password=b_channel=1.sdp": "rtsp://host/user=a_password=b_channel=1.sdp",
    "rtsp://host/it%27s": "rtsp://host/it%27s",
    "rtsp://host/?q=%27": "rtsp://host/?q=%27",
    "rtsp://host/%0a%20%22%5C": "rtsp://host/%0A%20%22%5C",
    "rtsp://[2001:DB8::1]:554/x": "rtsp://[2001:db8::1]:554/x",
    "rtsp://cam_1.lan./x": "rtsp://cam_1.lan./x",
    "rtsp://xn--bcher-kva.example/x": "rtsp://xn--bcher-kva.example/x",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_camera_url_is_refused_and_the_field_named(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_source(text)
    (error,) = caught.value.errors
    assert error.field == "stream_url"
    assert error.message


@pytest.mark.parametrize(
    "text", ["rtsp://u:hunter2@host:0/", "rtsp://u:hunter2@[::1/", "rtsp://u:hunter2 @h/"]
)
def test_a_refusal_does_not_repeat_the_url_with_its_password(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_source(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("text", "url"), CANONICAL.items())
def test_a_good_url_is_kept_in_canonical_form_without_credentials(text: str, url: str) -> None:
    source = parse_source(text)
    assert str(source.url) == url
    assert parse_source(url).url == source.url


@pytest.mark.parametrize(
    ("text", "port"),
    [("rtsp://h/", 554), ("rtsps://h/", 322), ("http://h/", 80), ("https://h/", 443), ("rtsp://h:99/", 99)],
)
def test_the_port_is_the_schemes_own_when_none_is_named(text: str, port: int) -> None:
    assert parse_source(text).port == port


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("rtsp://Cam.lan/", "cam.lan"),
        ("rtsp://[::1]/", "::1"),
        ("rtsp://xn--4ca.de/", "xn--4ca.de"),
    ],
)
def test_the_host_is_what_a_resolver_takes(text: str, host: str) -> None:
    assert parse_source(text).host == host


@pytest.mark.parametrize(
    ("text", "rtsp"), [("rtsp://h/", True), ("rtsps://h/", True), ("http://h/", False), ("https://h/", False)]
)
def test_rtsp_is_pulled_by_us_and_http_by_somebody_else(text: str, rtsp: bool) -> None:
    assert parse_source(text).is_rtsp is rtsp


@pytest.mark.parametrize(
    ("text", "credentials"),
    [
        ("rtsp://u:p%40ss@host/", Credentials("u", "p@ss")),
        ("rtsp://u@host/", Credentials("u", "")),
        ("rtsp://:p@host/", Credentials("", "p")),
        ("rtsp://u%3Av:p%2525@host/", Credentials("u:v", "p%25")),
        ("rtsp://u:%27%23%2F%3F%20%C3%A4@host/", Credentials("u", "'#/? ä")),
        ("rtsp://host/", None),
        ("rtsp://:@host/", None),
    ],
)
def test_credentials_are_taken_out_of_the_url_as_they_were_meant(
    text: str, credentials: Credentials | None
) -> None:
    assert parse_source(text).credentials == credentials


def test_explicit_credentials_win_over_those_in_the_url() -> None:
    assert parse_source("rtsp://u:p@h/", Credentials("v", "q")).credentials == Credentials("v", "q")


def test_the_field_that_is_named_can_be_another() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_source("", name="url")
    assert caught.value.errors[0].field == "url"


def test_a_password_never_prints() -> None:
    source = parse_source("rtsp://viewer:hunter2@host/live")
    assert "hunter2" not in repr(source) + str(source) + repr(source.credentials)


def test_connecting_needs_the_credentials_and_may_take_an_address_for_the_name() -> None:
    source = parse_source("rtsp://u:p%40ss@cam.lan:8554/live?x=1")
    assert source.connect_url() == "rtsp://u:p%40ss@cam.lan:8554/live?x=1"
    assert source.connect_url("192.0.2.7") == "rtsp://u:p%40ss@192.0.2.7:8554/live?x=1"
    assert source.connect_url("2001:db8::7") == "rtsp://u:p%40ss@[2001:db8::7]:8554/live?x=1"


def test_without_credentials_there_is_no_user_info() -> None:
    assert parse_source("rtsp://cam.lan/live").connect_url("192.0.2.7") == "rtsp://192.0.2.7/live"


@pytest.mark.parametrize(
    ("credentials", "is_fine"),
    [
        (Credentials("u", "p" * (LONGEST_USER_INFO - 2)), True),
        (Credentials("u", "p" * (LONGEST_USER_INFO - 1)), False),
        (Credentials("u", "'" * 42), False),
        (Credentials("u", "p\0"), False),
        (Credentials("u\0", "p"), False),
        (Credentials("u", "p\ud800"), False),
        (Credentials("\udfff", "p"), False),
    ],
)
def test_credentials_that_ffmpeg_would_change_are_an_error(credentials: Credentials, is_fine: bool) -> None:
    assert (Source(URL("rtsp://h/"), credentials).credentials_error() is None) is is_fine


def test_ffmpegs_limits_do_not_bind_those_that_ffmpeg_never_sees() -> None:
    assert Source(URL("https://h/x.m3u8"), Credentials("u", "p" * 300)).credentials_error() is None


@pytest.mark.parametrize(
    "text", ["a/b", "?", "#", "a@b", "a:b", "'", "%2F", "%", "\\", " ", "[", "\n", "ä€🎥"]
)
def test_any_password_is_told_byte_for_byte_and_ends_where_it_should(text: str) -> None:
    url = parse_source("rtsp://cam.lan/live", Credentials(text, text)).connect_url()
    assert not DANGEROUS.search(url)
    user_info = url.removeprefix("rtsp://").removesuffix("@cam.lan/live")
    assert [unquote(part, errors="strict") for part in user_info.split(":")] == [text, text]
    assert not set("/?[]@") & set(user_info)


texts = st.text(
    st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=8
)  # NUL and lone surrogates are refused before
urls = st.one_of(
    st.text(max_size=40).map("rtsp://host/".__add__),
    st.from_regex(r"rtsps?://([a-z0-9.-]{1,12})(:[0-9]{0,6})?(/[!-~]{0,30})?", fullmatch=True),
    st.from_regex(r"rtsp://[!-~]{0,10}:[!-~]{0,20}@[a-z]{1,8}/[!-~]{0,30}", fullmatch=True),
)


@given(urls, texts, texts)
def test_whatever_is_accepted_cannot_harm_a_script_and_keeps_its_credentials(
    text: str, username: str, password: str
) -> None:
    try:
        source = parse_source(text, Credentials(username, password))
    except InvalidInput:
        return
    url = source.connect_url("192.0.2.7")
    assert not DANGEROUS.search(url)
    user_info, at, _ = url.removeprefix("rtsps://").removeprefix("rtsp://").partition("@")
    assert at == "@"
    assert not set("/?[]") & set(user_info)
    assert [unquote(part, errors="strict") for part in user_info.split(":")] == [username, password]


@given(urls)
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    try:
        source = parse_source(text)
    except InvalidInput:
        return
    assert parse_source(source.connect_url()) == source


@given(texts.filter(bool))
def test_the_secrets_are_every_form_in_which_the_password_is_written(password: str) -> None:
    source = Source(URL("rtsp://h/"), Credentials("u", password))
    user_info = source.connect_url().removeprefix("rtsp://u:").removesuffix("@h/")
    assert {password, user_info} <= set(source.secrets())


@pytest.mark.parametrize("credentials", [None, Credentials("u", "")])
def test_without_a_password_there_is_nothing_secret(credentials: Credentials | None) -> None:
    assert Source(URL("rtsp://h/"), credentials).secrets() == ()


@pytest.mark.parametrize(
    ("old", "new", "stays"),
    [
        ("rtsp://u:p@cam.lan/one", "rtsp://cam.lan/two", True),
        ("rtsp://u:p@cam.lan/one", "rtsp://cam.lan:554/one", True),
        ("rtsp://u:p@cam.lan:322/one", "rtsps://cam.lan/one", True),
        ("rtsp://u:p@cam.lan/one", "rtsp://other.lan/one", False),
        ("rtsp://u:p@cam.lan/one", "rtsp://cam.lan:8554/one", False),
        ("rtsps://u:p@cam.lan:554/one", "rtsp://cam.lan/one", False),
        ("rtsps://u:p@cam.lan/one", "rtsp://cam.lan/one", False),
        ("https://u:p@cam.lan/one", "http://cam.lan:443/one", False),
    ],
)
def test_a_password_stays_with_host_and_port_and_never_leaves_tls(old: str, new: str, stays: bool) -> None:
    redirected = parse_source(old).redirected(parse_source(new))
    assert redirected.credentials == (Credentials("u", "p") if stays else None)


def test_new_credentials_replace_the_old_and_empty_ones_end_them() -> None:
    old = parse_source("rtsp://u:p@cam.lan/one")
    assert old.redirected(parse_source("rtsp://v:q@cam.lan/")).credentials == Credentials("v", "q")
    nobody = parse_source("rtsp://cam.lan/", Credentials("", ""))
    assert old.redirected(nobody).credentials is None
