"""A server of its own for each test, and pictures that are encoded once."""

from tests.rigs.fixtures import http, media, server

__all__ = ["http", "media", "server"]
