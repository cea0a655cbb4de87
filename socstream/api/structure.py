"""From JSON to the classes of `schema`: every wrong field is found and named, nothing is coerced."""

from collections.abc import Callable
from types import GenericAlias
from typing import Annotated, Any, TypeVar, get_args, get_origin

from attrs import has
from cattrs import BaseValidationError, Converter
from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn

from socstream.api.readers import Check, Wrong
from socstream.model.errors import FieldError, InvalidInput

T = TypeVar("T")

_MOST_ERRORS = 50


def structure(data: object, cls: type[T], *, ignored: frozenset[str] = frozenset()) -> T:
    """`data` as a `cls`; InvalidInput with all wrong, missing and unknown fields but the `ignored` ones."""
    if not isinstance(data, dict):
        raise InvalidInput(FieldError("body", "must be a JSON object"))
    known = {name: value for name, value in data.items() if name not in ignored}
    try:
        return _CONVERTER.structure(known, cls)
    except BaseValidationError as error:
        raise InvalidInput(*_problems(error, "")[:_MOST_ERRORS]) from error


def _problems(error: BaseException, path: str) -> list[FieldError]:
    if isinstance(error, BaseValidationError):
        found = []
        for inner in error.exceptions:
            found += _problems(inner, _place(inner, path))
        return found
    if isinstance(error, ForbiddenExtraKeysError):
        return [
            FieldError(_joined(path, name[:100]), "is not a field that can be set")
            for name in sorted(error.extra_fields)
        ]
    if isinstance(error, KeyError):
        return [FieldError(path, "is missing")]
    return [FieldError(path, str(error))]


def _place(error: BaseException, path: str) -> str:
    """Which part of what stands at `path` the error is about."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return _joined(path, note.name)
        if isinstance(note, IterableValidationNote):
            return f"{path}[{note.index}]"
    return path


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_checked(kind: Any) -> bool:
    return get_origin(kind) is Annotated and any(isinstance(note, Check) for note in get_args(kind)[1:])


def _checked(kind: Any) -> Callable[[object, Any], object]:
    check = next(note for note in get_args(kind)[1:] if isinstance(note, Check))
    return lambda value, _: check.read(value)


def _truth(value: object, _: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def _object(cls: Any, converter: Converter) -> Callable[[object, Any], object]:
    inner = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)

    def read(value: object, kind: Any) -> object:
        if not isinstance(value, dict):
            raise Wrong("must be an object")
        return inner(value, kind)

    return read


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def _list(kind: Any, converter: Converter) -> Callable[[object, Any], object]:
    inner: Any = GenericAlias(list, get_args(kind)[:1])

    def read(value: object, _: Any) -> object:
        if not isinstance(value, list):
            raise Wrong("must be a list")
        return tuple(converter.structure(value, inner))

    return read


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    converter.register_structure_hook(bool, _truth)
    converter.register_structure_hook_factory(has, _object)
    converter.register_structure_hook_factory(_is_list, _list)
    converter.register_structure_hook_factory(_is_checked, _checked)
    return converter


_CONVERTER = _make_converter()
