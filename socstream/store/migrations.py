"""The schema as a list of steps. `PRAGMA user_version` counts those that a database has had."""

import aiosqlite

from socstream.model.errors import StoreUnavailable

Steps = tuple[tuple[str, ...], ...]

# Append only: a step that was released is history, and databases out there have had it.
# Neither STRICT tables nor RETURNING: RHEL 9 brings SQLite 3.34.
STEPS: Steps = (
    (
        # Credentials stand in columns of their own, apart from the URL that answers and logs may show;
        # a later step makes them ciphertext.
        # name_key is the casefolded name: SQLite's own NOCASE knows ASCII letters only.
        # The last three columns are the ceiling of the timeline: see model/ceiling.py.
        """
        CREATE TABLE camera (
            camera_id TEXT PRIMARY KEY NOT NULL,
            name TEXT NOT NULL,
            name_key TEXT NOT NULL UNIQUE,
            location TEXT NOT NULL,
            ip_address TEXT NOT NULL,
            source_url TEXT NOT NULL,
            source_username TEXT,
            source_password TEXT,
            maintenance INTEGER NOT NULL,
            is_recording INTEGER NOT NULL,
            motion_detection_enabled INTEGER NOT NULL,
            hardware_status TEXT,
            last_heartbeat TEXT,
            version INTEGER NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            media_sequence INTEGER NOT NULL DEFAULT 0,
            discontinuity_sequence INTEGER NOT NULL DEFAULT 0,
            target_duration INTEGER
        )
        """,
    ),
    (
        "ALTER TABLE camera ADD COLUMN mode TEXT NOT NULL DEFAULT 'always'",
        "ALTER TABLE camera ADD COLUMN idle_after REAL NOT NULL DEFAULT 60",
    ),
    (
        # The ledger. Times are seconds since 1970 UTC, to reckon with. `ended` is NULL while it lasts.
        # watch: the lives of this server, for outside of them we know nothing about any camera.
        # wanted: when a camera was to stream, from its first picture or failure on; uptime is a share of it.
        "CREATE TABLE watch (watch_id INTEGER PRIMARY KEY, began REAL NOT NULL, last_seen REAL NOT NULL)",
        """
        CREATE TABLE wanted (
            camera_id TEXT NOT NULL REFERENCES camera (camera_id) ON DELETE CASCADE,
            began REAL NOT NULL,
            ended REAL,
            PRIMARY KEY (camera_id, began)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE outage (
            camera_id TEXT NOT NULL REFERENCES camera (camera_id) ON DELETE CASCADE,
            began REAL NOT NULL,
            ended REAL,
            code TEXT NOT NULL,
            message TEXT NOT NULL,
            run INTEGER NOT NULL,
            PRIMARY KEY (camera_id, began)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX wanted_by_end ON wanted (ended)",
        "CREATE INDEX outage_by_end ON outage (ended)",
    ),
    (
        # User and password, encrypted: see store/secrets.py. SQL cannot encrypt: CameraStore.seal does it,
        # and empties the columns from before, which stay, as SQLite 3.34 cannot drop one.
        # remains: a row as long as old secrets may be found in free pages of the file; from the beginning,
        # for those from before.
        "ALTER TABLE camera ADD COLUMN source_credentials BLOB",
        "CREATE TABLE remains (noted INTEGER PRIMARY KEY)",
        "INSERT INTO remains VALUES (1)",
    ),
    (
        # The audit log. Rows are numbered without a gap; each hash is over the one before it and the row.
        # audit_anchor: the last row that was pruned, from which the chain goes on; 0 and zeros before that.
        """
        CREATE TABLE audit (
            audit_id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
            action TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
            who TEXT NOT NULL,
            user_id TEXT,
            via TEXT NOT NULL,
            key TEXT NOT NULL,
            address TEXT NOT NULL,
            target TEXT NOT NULL,
            status INTEGER,
            detail TEXT NOT NULL,
            hash BLOB NOT NULL
        )
        """,
        "CREATE INDEX audit_by_time ON audit (at)",
        "CREATE TABLE audit_anchor (audit_id INTEGER NOT NULL, hash BLOB NOT NULL)",
        "INSERT INTO audit_anchor (audit_id, hash) VALUES (0, zeroblob(32))",
        """
        CREATE TRIGGER audit_is_appended BEFORE INSERT ON audit WHEN NEW.audit_id != 1 + MAX(
            COALESCE((SELECT MAX(audit_id) FROM audit), 0), (SELECT audit_id FROM audit_anchor)
        ) BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END
        """,
        """
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END
        """,
        """
        CREATE TRIGGER audit_is_pruned_up_to_its_anchor BEFORE DELETE ON audit
        WHEN OLD.audit_id > (SELECT audit_id FROM audit_anchor)
        BEGIN SELECT RAISE(ABORT, 'the audit log is only pruned up to its anchor'); END
        """,
        # A day in milliseconds: whatever is asked for, yesterday stays.
        """
        CREATE TRIGGER audit_anchor_is_an_old_row BEFORE UPDATE ON audit_anchor WHEN NOT EXISTS (
            SELECT 1 FROM audit WHERE audit_id = NEW.audit_id AND hash = NEW.hash
            AND at < (SELECT at FROM audit ORDER BY audit_id DESC LIMIT 1) - 86400000
        ) BEGIN SELECT RAISE(ABORT, 'the anchor is an old row of the audit log'); END
        """,
        """
        CREATE TRIGGER audit_anchor_is_one BEFORE INSERT ON audit_anchor
        BEGIN SELECT RAISE(ABORT, 'there is one anchor'); END
        """,
        """
        CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor
        BEGIN SELECT RAISE(ABORT, 'there is one anchor'); END
        """,
    ),
    (
        # Who may come in; of tokens only the SHA-256. A scope is a JSON list of camera ids, or NULL: all.
        # The keys are normalised and casefolded; e-mails may be empty, their key is NULL then.
        """
        CREATE TABLE user (
            user_id TEXT PRIMARY KEY NOT NULL,
            username TEXT NOT NULL,
            username_key TEXT NOT NULL UNIQUE,
            email TEXT NOT NULL,
            email_key TEXT UNIQUE,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            roles TEXT NOT NULL,
            preferred_language TEXT NOT NULL,
            timezone TEXT NOT NULL,
            status TEXT NOT NULL,
            scope TEXT,
            created_at TEXT NOT NULL,
            password_hash TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE session (
            session_id TEXT PRIMARY KEY NOT NULL,
            user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            created_at REAL NOT NULL,
            last_used REAL NOT NULL,
            family BLOB NOT NULL UNIQUE,
            access BLOB,
            access_until REAL NOT NULL,
            refresh BLOB,
            former_access BLOB,
            former_refresh BLOB,
            former_until REAL NOT NULL
        )
        """,
        """
        CREATE TABLE api_token (
            token_id TEXT PRIMARY KEY NOT NULL,
            user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            scope TEXT,
            created_at TEXT NOT NULL,
            expires_at TEXT,
            last_used TEXT,
            digest BLOB NOT NULL UNIQUE
        )
        """,
        "CREATE INDEX session_by_user ON session (user_id)",
        "CREATE INDEX api_token_by_user ON api_token (user_id)",
    ),
    (
        # Walls outlive their owner: others may have one on their screen. tiles: JSON, [camera_id, x, y, w, h]
        # of each; patrol: JSON, [seconds, pages or null], or NULL.
        """
        CREATE TABLE wall (
            wall_id TEXT PRIMARY KEY NOT NULL,
            owner_id TEXT NOT NULL,
            name TEXT NOT NULL,
            name_key TEXT NOT NULL,
            shared INTEGER NOT NULL,
            tiles TEXT NOT NULL,
            patrol TEXT,
            version INTEGER NOT NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            UNIQUE (owner_id, name_key)
        )
        """,
    ),
)


async def migrate(connection: aiosqlite.Connection, steps: Steps = STEPS) -> None:
    """Bring the schema up to date; a step and its number are committed together or not at all.

    Raises StoreUnavailable for a database that has had more steps than we know, sqlite3.Error otherwise.
    """
    # Looked up without a lock: a start with nothing to do must not wait for another writer.
    while await _version(connection, len(steps)) < len(steps):
        await _step(connection, steps)


async def _step(connection: aiosqlite.Connection, steps: Steps) -> None:
    try:
        await connection.execute("BEGIN IMMEDIATE")
        version = await _version(connection, len(steps))  # again: another process may have been faster
        if version < len(steps):
            for statement in steps[version]:
                await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {version + 1}")
            await connection.commit()
    finally:
        await connection.rollback()  # does nothing after the commit


async def _version(connection: aiosqlite.Connection, known: int) -> int:
    (row,) = await connection.execute_fetchall("PRAGMA user_version")
    version = int(row[0])
    if version > known:
        raise StoreUnavailable(
            f"The database was written by a newer socstream (schema {version}, this one knows {known}). "
            "Install that version again, or restore a backup from before the update."
        )
    return version
