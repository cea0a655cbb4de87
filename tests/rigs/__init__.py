"""The server as a process of its own, and witnesses of what it says: for the engine, fault and page tests.

processes   the children of a server, found in /proc
server      ServerProcess: start, kill, stop, its log
client      Client: the API and the streams over HTTP, as the administrator's program or as a stranger
patience    until: waiting with a deadline
witness     Witness: everything that a player was ever told of one camera, and that none of it is taken back
browser     Chromium, its complaints, and the clock in a picture; screenshots of failures
fixtures    what a conftest.py imports
"""
