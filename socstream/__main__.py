"""The command line: serve (what happens without a word), doctor, version.

Exit codes: 0 asked to stop, 1 failed, 2 wrong usage or configuration.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from socstream import __version__
from socstream.config import Config, load, unknown_variables
from socstream.model.errors import ConfigError, SocstreamError

log = logging.getLogger(__name__)

# The commands import their rooms late: neither `version` nor a wrong setting waits for a web server to load.


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the words ask for; the exit code. Wrong usage raises SystemExit(2), as argparse does."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "serve")
    arguments = _parser().parse_args(words)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except ConfigError as error:
        return _failed(error, 2)
    except (SocstreamError, OSError) as error:
        return _failed(error, 1)
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="socstream", description="IP cameras as live pictures that never lie."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--config", metavar="FILE", help="settings; see conf/socstream.toml")
    options.add_argument("--host", help="the address to listen on (127.0.0.1)")
    options.add_argument("--port", help="the port to listen on (8000); 0: any free one")
    options.add_argument("--data-dir", metavar="DIR", help="where cameras and all else is kept")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str, *, settings: bool) -> None:
        parents = [options] if settings else []
        added = commands.add_parser(name, parents=parents, help=text, description=text, allow_abbrev=False)
        added.set_defaults(run=run)

    command("serve", _serve, "Run the server (the default).", settings=True)
    command("doctor", _doctor, "Say whether this machine has all that is needed.", settings=True)
    command("version", _version, "Print the version.", settings=False)
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.app import serve

    return serve(config)


def _doctor(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    from socstream.ops.doctor import doctor

    return doctor(config)


def _version(arguments: argparse.Namespace) -> int:
    print(f"socstream {__version__}")
    return 0


def _config(arguments: argparse.Namespace) -> Config:
    """The settings, with logging set up as they say; raises ConfigError."""
    given = {f"--{name.replace('_', '-')}": text for name, text in vars(arguments).items()}
    config = load(os.environ, {option: text for option, text in given.items() if isinstance(text, str)})
    logging.basicConfig(
        level=config.log.level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    unknown = unknown_variables(os.environ)
    if unknown:
        log.warning("these variables are none of our settings: %s", ", ".join(unknown))
    return config


def _failed(error: Exception, code: int) -> int:
    print(f"socstream: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
