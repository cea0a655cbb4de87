"""The map of the rooms: who may import whom, and that nobody goes round in a circle."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import socstream

ROOT = Path(socstream.__file__).parent

EVERYWHERE = frozenset({"*"})

# Room → the doors that it may use: a room, or one module of a room. Whoever is not here may import nobody.
DOORS: dict[str, frozenset[str]] = {
    "clock": frozenset(),
    "model": frozenset(),
    "background": frozenset(),
    "turn": frozenset(),
    "redaction": frozenset(),
    "repeats": frozenset(),
    "logs": frozenset({"redaction", "repeats"}),
    "config": frozenset({"model"}),
    "board": frozenset({"model"}),
    "store": frozenset({"model"}),
    "hls": frozenset({"model"}),
    "live": frozenset({"clock", "model"}),
    "ffmpeg": frozenset({"model", "hls", "redaction"}),
    "supervision": frozenset({"clock", "model", "logs", "board", "hls", "live", "ffmpeg"}),
    "access": frozenset({"clock", "model", "turn", "store"}),
    "walls": frozenset({"clock", "model", "turn", "store.walls"}),
    "events": frozenset({"clock", "model", "board", "store.ledger"}),
    "audit": frozenset({"clock", "model", "background", "store.audit"}),
    "pictures": frozenset({"clock", "model", "hls", "ffmpeg"}),
    "gateway": frozenset({"model"}),
    "cameras": frozenset({"clock", "model", "turn", "store", "supervision", "events", "ffmpeg.probe"}),
    "api": frozenset(
        {
            *("clock", "model", "background", "redaction", "logs", "board", "hls", "live"),
            *("cameras", "walls", "events", "pictures"),
            *("gateway", "access", "audit", "ops.metrics", "ops.tallies"),
            *("store.accounts", "store.ledger", "store.audit"),
        }
    ),
    "ops": frozenset(
        {"clock", "model", "config", "board", "hls", "store", "cameras", "pictures", "ffmpeg.binary"}
    ),
    "demo": frozenset({"ffmpeg"}),
    "ui": frozenset(),
    "engine": EVERYWHERE,
    "entrance": EVERYWHERE,
    "upkeep": EVERYWHERE,
    "stopping": frozenset(),
    "footing": frozenset({"model"}),
    "frugality": frozenset(),
    "app": EVERYWHERE,
    "demo_wall": EVERYWHERE,
    "probing": EVERYWHERE,
    "transfer": EVERYWHERE,
    "foreign": frozenset(),
    "user_commands": EVERYWHERE,
    "store_commands": EVERYWHERE,
    "__main__": EVERYWHERE,
}

COMPOSITION = {room for room, doors in DOORS.items() if doors is EVERYWHERE}

MODULES = sorted(path for path in ROOT.rglob("*.py") if "node_modules" not in path.parts)


def name_of(path: Path) -> str:
    """As an import has it, without the package: "hls.disk", "clock", "hls" for its __init__, "" for ours."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def room_of(name: str) -> str:
    return name.partition(".")[0]


def imports_of(source: str) -> Iterator[str]:
    """The modules of ours that some code imports, in any form and in any place."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            dotted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            dotted = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for each in dotted:
            package, _, name = each.partition(".")
            if package == socstream.__name__:
                yield module_of(name)


def module_of(name: str) -> str:
    """The module that an imported name is, or is in."""
    while name and name not in NAMES:
        name = name.rpartition(".")[0]
    return name


def is_open(room: str, module: str) -> bool:
    """True when this room may import that module. Our own package holds the version and no more."""
    doors = DOORS.get(room, frozenset())
    return module in ("", *doors) or room_of(module) in (room, *doors) or doors is EVERYWHERE


GRAPH = {name_of(path): set(imports_of(path.read_text())) for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=[name_of(path) or "socstream" for path in MODULES])
def test_a_module_imports_only_through_open_doors(path: Path) -> None:
    name = name_of(path)
    closed = {module for module in GRAPH[name] if not is_open(room_of(name), module)}
    assert not closed


@pytest.mark.parametrize("path", MODULES, ids=[name_of(path) or "socstream" for path in MODULES])
def test_a_module_says_what_it_is_in_its_first_line(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert len(docstring.splitlines()[0]) <= 108


@pytest.mark.parametrize("path", MODULES, ids=[name_of(path) or "socstream" for path in MODULES])
def test_nothing_is_imported_for_types_only_or_by_a_relative_name(path: Path) -> None:
    tree = ast.parse(path.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "TYPE_CHECKING" not in names
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


def test_every_room_is_on_the_map() -> None:
    assert {room_of(name) for name in NAMES if name} <= set(DOORS)


def test_every_door_leads_to_a_room_of_the_map() -> None:
    assert {room_of(door) for doors in DOORS.values() for door in doors} - {"*"} <= set(DOORS)


def test_modules_import_each_other_in_no_circle() -> None:
    order = list(TopologicalSorter(GRAPH).static_order())
    assert len(order) == len(NAMES)


def test_doors_open_in_no_circle() -> None:
    rooms = {
        room: {room_of(door) for door in doors} for room, doors in DOORS.items() if room not in COMPOSITION
    }
    assert list(TopologicalSorter(rooms).static_order())


def test_nobody_imports_the_composition_but_the_composition() -> None:
    callers = {name for name, modules in GRAPH.items() if {room_of(each) for each in modules} & COMPOSITION}
    assert {room_of(name) for name in callers} <= COMPOSITION


def test_the_package_itself_imports_nothing() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize(
    "source",
    [
        "from socstream.supervision.worker import Worker",
        "from socstream.supervision import worker",
        "import socstream.supervision.worker",
        "from socstream import supervision",
        "def later():\n    from socstream.supervision.worker import Worker",
        "if True:\n    import socstream.supervision.worker as w",
    ],
)
def test_a_closed_door_is_seen_in_every_form_of_import(source: str) -> None:
    (module,) = imports_of(source)
    assert room_of(module) == "supervision"
    assert not is_open("api", module)
    assert is_open("app", module)


def test_a_door_to_one_module_is_no_door_to_its_room() -> None:
    assert is_open("events", "store.ledger")
    assert not is_open("events", "store.cameras")
    assert not is_open("events", "store")
