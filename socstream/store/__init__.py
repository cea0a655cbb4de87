"""WHAT IS REMEMBERED: SQLite, and everything that knows a table.

database    the file, its one writer and its reader; every failure becomes StoreUnavailable
migrations  the schema, as steps that are only ever appended
secrets     the master key, and what is encrypted with it
cameras     rows ⇄ cameras, and the ceilings of their timelines
accounts    rows ⇄ users, sessions and API tokens, of which only the SHA-256 is kept
"""
