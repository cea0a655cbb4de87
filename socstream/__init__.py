"""socstream: IP cameras as live pictures that never lie."""

__version__ = "0.1.0"
