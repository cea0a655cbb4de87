"""What conf/socstream.service needs of this machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from socstream.ops.finding import Finding, bad, note, ok

OLDEST = 248
"""The systemd that knows all that the unit asks for; LoadCredential came with 247, PrivateIPC with 248."""

PROGRAM = Path("/opt/socstream/bin/python")
SETTINGS = Path("/etc/socstream/socstream.toml")
KEY = Path("/etc/socstream/master.key")
"""What the unit names; tests hold this against it."""

_README = "see “On a box of its own” in the README"
_ASKED_WITHIN = 10.0

_LISTENS = re.compile(r"^ListenStream=[ \t]*(.*?)[ \t]*$", re.MULTILINE)


@frozen
class Place:
    """A machine, below `root`. `version`: of its systemd; None when that does not run it."""

    root: Path
    version: int | None
    has_cgroups: bool
    """The second version of them, by which systemd holds limits of memory and addresses."""
    socket: str = ""
    """What systemd says of socstream.socket: active, inactive, failed; "": it was not to be asked."""

    def of(self, path: Path) -> Path:
        """Where a path of the unit is here."""
        return self.root / path.relative_to("/")

    def units(self) -> Iterator[Path]:
        """The units that are missing or not."""
        for kind in ("socket", "service"):
            yield self.root / "etc" / "systemd" / "system" / f"socstream.{kind}"

    def listens(self) -> list[tuple[str, int]]:
        """The hosts and ports of an installed socket unit, drop-ins counted; empty without one."""
        if self.version is None:
            return []
        unit = next(self.units())
        drop_ins = unit.with_name(f"{unit.name}.d").glob("*.conf")
        addresses: list[str] = []
        for file in (unit, *sorted(drop_ins)):
            for address in _LISTENS.findall(file.read_text()) if file.exists() else ():
                addresses = [*addresses, address] if address else []  # an empty one takes back all before
        return [found for found in map(_host_and_port, addresses) if found is not None]


def read_place() -> Place:
    """This machine."""
    runs = Path("/run/systemd/system").is_dir()
    has_cgroups = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    if not runs:
        return Place(Path("/"), None, has_cgroups)
    return Place(Path("/"), _version(), has_cgroups, _asked("is-active", "socstream.socket"))


def unit_found(place: Place) -> Iterator[Finding]:
    """Whether systemd could run us by the unit; what an installed one lacks stops it, else it is a note."""
    if place.version is None:
        yield note("systemd", "does not run this machine", "let something else restart us when we end")
        return
    yield _systemd_found(place.version)
    if not place.has_cgroups:
        found = "version 1: MemoryHigh and IPAddressDeny of the unit do nothing"
        yield note("cgroups", found, "boot with systemd.unified_cgroup_hierarchy=1")
    missing = [str(unit) for unit in place.units() if not unit.exists()]
    if missing:
        yield note("unit", f"not installed: {', '.join(missing)}", _README)
        return
    lacking = [str(path) for path in (PROGRAM, SETTINGS, KEY) if not place.of(path).exists()]
    if lacking:
        yield bad("unit", f"installed, but these are missing: {', '.join(lacking)}", _README)
        return
    yield _key_found(place.of(KEY))


def _systemd_found(version: int) -> Finding:
    if version < OLDEST:
        remedy = f"the unit is made for {OLDEST} or newer: start the program in another way, or update"
        return bad("systemd", f"{version}: too old", remedy)
    return ok("systemd", str(version))


def _key_found(key: Path) -> Finding:
    if key.stat().st_mode & 0o077:
        return bad("unit", f"installed, but others may read {key}", f"chmod 600 {key}")
    return ok("unit", f"installed, with {PROGRAM}, {SETTINGS} and {KEY}")


def _version() -> int | None:
    found = re.match(r"systemd (\d+)", _asked("--version"))
    return int(found[1]) if found else None


def _asked(*words: str) -> str:
    """What systemctl says; nothing when it cannot be asked, as without a bus."""
    try:
        done = subprocess.run(
            ["systemctl", *words], capture_output=True, text=True, timeout=_ASKED_WITHIN, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _host_and_port(address: str) -> tuple[str, int] | None:
    """As systemd.socket(5) has it: HOST:PORT, [HOST]:PORT, or a port alone; None for a path."""
    host, _, port = address.rpartition(":")
    return (host.strip("[]") or "::", int(port)) if port.isascii() and port.isdecimal() else None
