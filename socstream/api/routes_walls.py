"""The lines of the route table for walls, histories and the import of cameras; under every prefix."""

from aiohttp import hdrs

from socstream.api import handlers_history as history
from socstream.api import handlers_import as imports
from socstream.api import handlers_walls as walls
from socstream.api.paths import CAMERAS
from socstream.api.route import BODY_ERRORS, Answer, Permission, Route
from socstream.api.schema_walls import HistoryAnswer, ImportLine, WallAnswer, WallBody, WallReplacementBody
from socstream.api.tables import CSV_TYPE

_GET, _POST = hdrs.METH_GET, hdrs.METH_POST
_ANY_USER = Permission.ANY_USER
_ALL = "/security-operations/walls"
_ONE = f"{_ALL}/{{wall_id}}"

WALLS = (
    Route(
        _GET,
        _ALL,
        walls.list_walls,
        _ANY_USER,
        "One's own walls and the shared ones, by name; everybody's for managers",
        Answer(json=WallAnswer, is_array=True),
        (304, 503),
    ),
    Route(
        _POST,
        _ALL,
        walls.create_wall,
        Permission.PERSON,
        "Keep a wall",
        Answer(201, json=WallAnswer),
        (409, 503, *BODY_ERRORS),
        body=WallBody,
        deed="wall.add",
    ),
    Route(_GET, _ONE, walls.get_wall, _ANY_USER, "One wall", Answer(json=WallAnswer), (304, 404, 503)),
    Route(
        hdrs.METH_PUT,
        _ONE,
        walls.replace_wall,
        _ANY_USER,
        "Put another arrangement in its place; for its owner and managers",
        Answer(json=WallAnswer),
        (404, 409, 503, *BODY_ERRORS),
        body=WallReplacementBody,
        deed="wall.edit",
    ),
    Route(
        hdrs.METH_DELETE,
        _ONE,
        walls.delete_wall,
        _ANY_USER,
        "Forget a wall; for its owner and managers",
        Answer(204),
        (404, 503),
        deed="wall.delete",
    ),
    Route(
        _GET,
        f"{CAMERAS}/{{camera_id}}/history",
        history.history,
        _ANY_USER,
        "What the stream did and sent, for plots: in the last 24 hours, or in a time of the last 90 days",
        Answer(json=HistoryAnswer),
        (404, 422, 503),
        times=("since", "until"),
    ),
    Route(
        _POST,
        f"{CAMERAS}/import",
        imports.import_cameras,
        Permission.MANAGER,
        "Add the cameras of a table with a header, or with dry_run tell what would become of each line",
        Answer(json=ImportLine, is_array=True),
        (409, 503, *BODY_ERRORS),
        flags=("dry_run",),
        body_media=(CSV_TYPE,),
        deed="camera.import",
    ),
    Route(
        _GET,
        f"{CAMERAS}/export",
        imports.export_cameras,
        Permission.MANAGER,
        "The cameras as a table that can be imported, without passwords",
        Answer(media=(CSV_TYPE,)),
        (503,),
        deed="camera.export",
    ),
)
