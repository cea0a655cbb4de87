"""WHAT IS REMEMBERED: SQLite, and everything that knows a table.

database    the file, its one writer and its reader; every failure becomes StoreUnavailable
migrations  the schema, as steps that are only ever appended
secrets     the master key, and what is encrypted with it
cameras     rows ⇄ cameras, and the ceilings of their timelines
"""
