"""WHO LOOKS AFTER US: what an administrator asks about the box and the server.

doctor  whether this machine has all that we need, and what to do where it has not
        finding: how it tells that; box and unit: how large the machine is, what systemd needs
deadman and watcher: end a server that stands still
backup  a copy of the database each hour, and back from it
reload  settings that are read again
space   what is given up while room is short
metrics what Prometheus scrapes, with tallies of what is counted as it happens
"""
