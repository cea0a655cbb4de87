"""How a Config is made. A wrong setting never gives way to its default: it stops the start and is named."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import Attribute, fields, frozen
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from socstream.config.sections import Config
from socstream.model.errors import ConfigError

_FILE_SOURCES = ("--config", "SOCSTREAM_CONFIG")
_BOOLEANS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
    ("false", "0", "no", "off"), False
)
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


@frozen
class Setting:
    """One setting; the first of `sources` (option, variables) that is given wins over the file."""

    section: str
    name: str
    kind: Any
    sources: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name for people."""
        return f"{self.section}.{self.name}"


def settings() -> Iterator[Setting]:
    """Every setting that there is."""
    for section, kind in _sections().items():
        for setting in fields(kind):
            regular = f"SOCSTREAM_{section}_{setting.name}".upper()
            sources = (setting.metadata["option"], regular, setting.metadata["also"])
            yield Setting(section, setting.name, setting.type, tuple(filter(None, sources)))


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like ours and are not."""
    known = {*_FILE_SOURCES, *(source for setting in settings() for source in setting.sources)}
    return sorted(name for name in environ if name.startswith("SOCSTREAM_") and name not in known)


def file_of(environ: Mapping[str, str], options: Mapping[str, str] | None = None) -> Path | None:
    """The file of settings that `load` reads; None: there is none."""
    given = {**environ, **(options or {})}
    file = next((given[source] for source in _FILE_SOURCES if given.get(source)), None)
    return None if file is None else Path(file)


def load(environ: Mapping[str, str], options: Mapping[str, str] | None = None) -> Config:
    """The settings; `options` as on the command line ("--port": "80"). ConfigError names all wrong ones."""
    given = {**environ, **(options or {})}
    file = file_of(given)
    tables = {} if file is None else _read(file)
    origins: dict[str, str] = {}
    problems: list[str] = []
    for setting in settings():
        source = next((source for source in setting.sources if source in given), None)
        table = tables.setdefault(setting.section, {})
        if source is None or not isinstance(table, dict):
            continue
        table.pop(setting.name, None)
        try:
            table[setting.name] = _from_text(setting.kind, given[source])
            origins[setting.key] = source
        except ValueError as error:
            problems.append(f"{source} {error}")
    try:
        config = _converter().structure(tables, Config)
    except ClassValidationError as error:
        where = "" if file is None else f" in {file}"
        problems += [f"{origins.get(key, key + where)} {text}" for key, text in _problems(error)]
    if problems:
        raise ConfigError("; ".join(problems))
    return config


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise ConfigError(f"{file} is not a TOML file: {error}") from error


def _from_text(kind: Any, text: str) -> object:
    """A text as the value that a TOML file would hold; raises ValueError."""
    if kind is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError("must be true or false")
        return _BOOLEANS[text.lower()]
    if kind is int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ValueError("must be a whole number")
        return int(text)
    if kind is float:
        if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text):
            raise ValueError("must be a number")
        return float(text)
    if kind == tuple[str, ...]:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _typed(kind: Any, value: object) -> object:
    """A value of a TOML file, when it has the right type; raises ValueError."""
    if kind == tuple[str, ...]:
        if not (isinstance(value, list) and all(isinstance(part, str) for part in value)):
            raise ValueError("must be a list of texts")
        return tuple(value)
    if kind is float and type(value) is int and abs(value) < 2**53:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"must be {_WORDS[kind]}")
    return value


def _sections() -> dict[str, Any]:
    return {section.name: section.type for section in fields(Config)}


def _converter() -> Converter:
    """Strict, where cattrs itself would take 80.9 for a port and "false" for true."""
    converter = Converter(forbid_extra_keys=True)
    for kind in _sections().values():
        converter.register_structure_hook(kind, _section_hook(kind, converter))
    return converter


def _section_hook(kind: Any, converter: Converter) -> Callable[[object, object], object]:
    hooks: dict[str, Any] = {each.name: override(struct_hook=_setting_hook(each)) for each in fields(kind)}
    structure = make_dict_structure_fn(kind, converter, **hooks)

    def hook(value: object, _: object) -> object:
        if isinstance(value, dict):
            return structure(value, kind)
        raise ValueError("must be a table")

    return hook


def _setting_hook(setting: "Attribute[Any]") -> Callable[[object, object], object]:
    def hook(value: object, _: object) -> object:
        typed = _typed(setting.type, value)
        for check in setting.metadata["checks"]:
            complaint = check(typed)
            if complaint is not None:
                raise ValueError(complaint)
        return typed

    return hook


def _problems(error: ClassValidationError, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Key and text of everything that is wrong."""
    noted, others = error.group_exceptions()
    for problem, note in noted:
        if isinstance(problem, ClassValidationError):
            yield from _problems(problem, f"{prefix}{note.name}.")
        else:
            yield f"{prefix}{note.name}", str(problem)
    for problem in others:
        if isinstance(problem, ForbiddenExtraKeysError):
            yield from ((f"{prefix}{key}", "is not a setting") for key in sorted(problem.extra_fields))
        else:
            yield prefix.rstrip("."), str(problem)
