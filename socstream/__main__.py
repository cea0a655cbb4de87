"""The command line: serve (what happens without a word), demo, doctor, user, export, import, probe,
version.

Exit codes: 0 asked to stop, 1 failed, 2 wrong usage or configuration.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from socstream import __version__
from socstream.config import Config, file_of, load, unknown_variables
from socstream.frugality import loading
from socstream.logs import set_up
from socstream.model.account import Role
from socstream.model.errors import ConfigError, SocstreamError

log = logging.getLogger(__name__)

_PAUSE, _EARLY = 5.0, 10.0
"""Seconds that a server waits before it ends, when it could not start and a service manager starts it again.

One that ran longer than `_EARLY` has served: it comes back at once.
"""

_OPTIONS = ("config", "host", "port", "data-dir")

# The commands import their rooms late: neither `version` nor a wrong setting waits for a web server to load.


def main(argv: Sequence[str] | None = None, *, sleep: Callable[[float], None] = time.sleep) -> int:
    """Do what the words ask for; the exit code. Wrong usage raises SystemExit(2), as argparse does."""
    began = time.monotonic()
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "serve")
    arguments = _parser().parse_args(words)
    code = _told(arguments)
    is_for_a_manager = arguments.run is _serve and "NOTIFY_SOCKET" in os.environ
    if code and is_for_a_manager and time.monotonic() - began < _EARLY:
        # Who starts us again a tenth of a second later would have the same said several times a second.
        print(f"socstream: ends in {_PAUSE:.0f} s, not to be started again at once", file=sys.stderr)
        with suppress(KeyboardInterrupt):
            sleep(_PAUSE)
    return code


def _told(arguments: argparse.Namespace) -> int:
    """Run the command; what goes wrong is one line."""
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ConfigError as error:
        return _failed(error, 2)
    except SocstreamError as error:
        return _failed(error, 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed(f"{where}{error.strerror or error}", 1)
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="socstream", description="IP cameras as live pictures that never lie."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    file, place, data = (argparse.ArgumentParser(add_help=False, allow_abbrev=False) for _ in range(3))
    file.add_argument("--config", metavar="FILE", help="settings; see conf/socstream.toml")
    place.add_argument("--host", help="the address to listen on (127.0.0.1)")
    place.add_argument("--port", help="the port to listen on (8000); 0: any free one")
    data.add_argument("--data-dir", metavar="DIR", help="where cameras and all else is kept")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=parents, help=text, description=text, allow_abbrev=False)
        added.set_defaults(run=run)
        return added

    command("serve", _serve, "Run the server (the default).", file, place, data)
    demo = command("demo", _demo, "Show a wall of virtual cameras, with data of its own.", file, place)
    demo.add_argument("--cameras", type=_count, default=4, metavar="N", help="how many (4)")
    doctor = command("doctor", _doctor, "Say whether this machine has all that is needed.", file, place, data)
    doctor.add_argument("--cameras", type=_planned, default=16, metavar="N", help="for how many (16)")
    text = "Add users, change passwords, list who there is."
    user = commands.add_parser("user", help=text, description=text, allow_abbrev=False)
    _add_user_commands(user, file, data)
    sent = command("export", _export, "Write all cameras as JSON.", file, data)
    sent.add_argument("file", metavar="FILE", nargs="?", help="a new one; standard output without")
    sent.add_argument("--secrets", action="store_true", help="with the cameras' passwords; needs a FILE")
    text = "Add the cameras of a file of ours, or of MediaMTX, go2rtc or Frigate, while no server runs."
    taken = command("import", _import, text, file, data)
    taken.add_argument("file", metavar="FILE", help="JSON or YAML; “-” to read it from standard input")
    taken.add_argument("--dry-run", action="store_true", help="only tell what would become of each")
    probe = command("probe", _probe, "Look at a camera once and say what it sends.", file)
    probe.add_argument("url", metavar="URL", help="rtsp://…, or “-” to read it from standard input")
    _add_store_commands(command, file, data)
    command("version", _version, "Print the version.")
    return parser


def _add_store_commands(
    command: Callable[..., argparse.ArgumentParser], *parents: argparse.ArgumentParser
) -> None:
    backup = command("backup", _backup, "Copy the database, and check the copy.", *parents)
    backup.add_argument("file", metavar="FILE", type=Path, nargs="?", help="where to; else to the backups")
    restore = command("restore", _restore, "Put a copy in the place of the database.", *parents)
    restore.add_argument("file", metavar="FILE", type=Path, help="the copy")
    command("check", _check, "Check the database and its backups.", *parents)


def _add_user_commands(user: argparse.ArgumentParser, *parents: argparse.ArgumentParser) -> None:
    commands = user.add_subparsers(required=True, metavar="COMMAND", title="commands")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, parents=parents, help=text, description=text, allow_abbrev=False)
        added.set_defaults(run=run)
        return added

    asked = "The password is asked for, or read from standard input."
    add = command("add", _user_add, f"Add a user. {asked}")
    add.add_argument("name", metavar="NAME", help="the user name")
    roles = ", ".join(Role)
    add.add_argument("--role", type=_role, default=Role.VIEWER, help=f"{roles} ({Role.VIEWER})")
    add.add_argument("--email", default="", help="to log in with instead of the name")
    passwd = command("passwd", _user_passwd, f"Change a password. {asked}")
    passwd.add_argument("name", metavar="NAME", help="user name or e-mail")
    command("list", _user_list, "List every user.")


def _serve(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    with loading():
        from socstream.app import serve

    options = _options(arguments)
    return serve(config, file_of(os.environ, options), lambda: load(os.environ, options))


def _demo(arguments: argparse.Namespace) -> int:
    _config(arguments)  # a wrong setting is told before anything is drawn
    from socstream.demo_wall import demo

    return demo(arguments.cameras, os.environ, _options(arguments))


def _probe(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.probing import probe

    # An argument stands in the process list, a password with it; standard input does not.
    url = sys.stdin.readline().strip() if arguments.url == "-" else arguments.url
    return probe(config, url)


def _export(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.transfer import export

    return export(config, arguments.file, with_secrets=arguments.secrets)


def _import(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.transfer import take_in

    return take_in(config, arguments.file, dry_run=arguments.dry_run)


def _user_add(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.user_commands import add

    return add(config, arguments.name, arguments.role, arguments.email)


def _user_passwd(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.user_commands import passwd

    return passwd(config, arguments.name)


def _user_list(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.user_commands import show

    return show(config)


def _backup(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.store_commands import backup

    return backup(config, arguments.file)


def _restore(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.store_commands import restore

    return restore(config, arguments.file)


def _check(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.store_commands import check

    return check(config)


def _role(text: str) -> Role:
    """A role in any letter case."""
    if text.upper() not in set(Role):
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(Role)}")
    return Role(text.upper())


def _count(text: str) -> int:
    """A number of virtual cameras that this process could send."""
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 64")
    return int(text)


def _planned(text: str) -> int:
    """A number of cameras that a box might be meant for."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 1000")
    return int(text)


def _doctor(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.ops.doctor import doctor

    return doctor(config, arguments.cameras)


def _version(arguments: argparse.Namespace) -> int:
    print(f"socstream {__version__}")
    return 0


def _config(arguments: argparse.Namespace) -> Config:
    """The settings, with logging set up as they say; raises ConfigError."""
    config = load(os.environ, _options(arguments))
    set_up(sys.stderr, config.log.level, config.log.format, config.log.repeats_per_minute)
    unknown = unknown_variables(os.environ)
    if unknown:
        log.warning("these variables are none of our settings: %s", ", ".join(unknown))
    return config


def _options(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings that were given as options, as `load` takes them."""
    options = ((f"--{name}", getattr(arguments, name.replace("-", "_"), None)) for name in _OPTIONS)
    return {option: text for option, text in options if text is not None}


def _failed(error: object, code: int) -> int:
    print(f"socstream: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
