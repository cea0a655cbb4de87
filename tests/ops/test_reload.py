"""Settings that are read again: what counts at once, what waits for a restart, and what is no good."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from socstream.background import in_background
from socstream.config import Config, load, settings
from socstream.ops.reload import AT_START, LIVE, Reload
from tests.fakes import FakeClock
from tests.ops.threads import one_thread, threads_done


def test_of_every_setting_it_is_known_when_it_counts() -> None:
    keys = {setting.key for setting in settings()}
    assert keys == LIVE | AT_START
    assert not LIVE & AT_START


class Rig:
    """A file of settings, and what came of it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.clock = FakeClock()
        self.asked = asyncio.Event()
        self.adjusted: list[Config] = []
        self.write('[log]\nlevel = "info"\n')
        environ = {"SOCSTREAM_CONFIG": str(file), "SOCSTREAM_PORT": "8001"}

        def read() -> Config:
            return load(environ)

        self.reload = Reload(read(), file, self.clock, read, self.adjusted.append, self.asked)

    def write(self, text: str) -> None:
        """At once, and with another stamp than any text before."""
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.replace(self.file)

    async def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await self.clock.advance(1)
            await threads_done()

    async def hang_up(self) -> None:
        self.asked.set()
        await self.pass_time(3)


@pytest.fixture
async def rig(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Rig]:
    caplog.set_level(logging.INFO)
    rig = Rig(tmp_path / "socstream.toml")
    one_thread()
    async with in_background(rig.reload.run(), "the settings"):
        await threads_done()
        yield rig


async def test_a_changed_file_is_read_once_it_rests(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.write('[log]\nlevel = "debug"\n[alerts]\nhold_off = 3\n')
    await rig.pass_time(2)
    assert rig.adjusted == [], "it may be half of what is to come"
    await rig.pass_time(8)
    [config] = rig.adjusted
    assert (config.log.level, config.alerts.hold_off) == ("debug", 3)
    assert caplog.messages == ["in force from now on: alerts.hold_off, log.level"]
    await rig.pass_time(60)
    assert len(rig.adjusted) == 1


async def test_sighup_reads_it_at_once(rig: Rig) -> None:
    rig.write("[streams]\nbackoff_maximum = 5\n")
    rig.asked.set()
    await threads_done()
    assert [config.streams.backoff_maximum for config in rig.adjusted] == [5]


@pytest.mark.parametrize(
    "text",
    [
        '[log]\nlevel = "loud"\n',
        "[log]\nlevle = 1\n",
        "[log\n",
        '[streams]\nbackoff_initial = 50\n[log]\nlevel = "debug"\n',
        "",
    ],
)
async def test_wrong_settings_leave_the_old_ones_in_force_and_say_why(
    rig: Rig, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    rig.write(text) if text else rig.file.unlink()
    await rig.hang_up()
    assert rig.adjusted == []
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith("the new settings are no good, the old ones stay: ")
    rig.write('[log]\nlevel = "warning"\n')
    await rig.pass_time(10)
    assert [config.log.level for config in rig.adjusted] == ["warning"]


async def test_what_needs_a_restart_is_named_without_its_value(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.write('[access]\nhardware_ingest_key = "s3cret"\n[streams]\nsegment_seconds = 2\n')
    await rig.hang_up()
    assert caplog.messages == ["needs a restart: access.hardware_ingest_key, streams.segment_seconds"]
    assert rig.adjusted == []
    caplog.clear()
    rig.write(
        '[access]\nhardware_ingest_key = "s3cret"\n[streams]\nsegment_seconds = 2\n[log]\nlevel="debug"'
    )
    await rig.pass_time(10)
    assert caplog.messages == ["in force from now on: log.level"], "the rest was told already"
    await rig.hang_up()
    assert caplog.messages[1:] == ["needs a restart: access.hardware_ingest_key, streams.segment_seconds"]


async def test_what_was_changed_back_needs_no_restart(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.write("[streams]\nsegment_seconds = 2\n")
    await rig.hang_up()
    rig.write('[log]\nlevel = "info"\n')
    caplog.clear()
    await rig.hang_up()
    assert caplog.messages == ["the settings are as they were"]


async def test_the_environment_still_wins(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.write("[server]\nport = 9000\n")
    await rig.hang_up()
    assert caplog.messages == ["the settings are as they were"]


async def test_a_touched_file_is_no_news(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    os.utime(rig.file, ns=(1, 1))
    await rig.pass_time(10)
    assert (rig.adjusted, caplog.messages) == ([], [])


async def test_without_a_file_sighup_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    one_thread()
    asked, clock = asyncio.Event(), FakeClock()
    adjusted: list[Config] = []
    async with in_background(
        Reload(Config(), None, clock, Config, adjusted.append, asked).run(), "the settings"
    ):
        await threads_done()
        asked.set()
        await threads_done()
    assert caplog.messages == ["the settings are as they were"]
    assert adjusted == []
