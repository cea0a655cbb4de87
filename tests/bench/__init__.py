"""Programs that print figures; the README beside this says which.

machine   what /proc tells: CPU time, memory, what else the machine does
report    figures, their table, and the section of RESULTS.md that it becomes
program   what every program does with what it has measured
serving   our server in a process of its own, and a player
raw       FFmpeg alone, with the flags that the server gives it: what every figure is compared with
cameras   virtual cameras in a process of their own
delays    how long until there is a picture
costs     what the pictures cost
engine    the program: all of this on one table
http      how fast we answer, beside nginx: with stage, ways, wrk and nginx
wall      how many viewers we carry: with watching, and wall.c
readers   what slow ones cost
events    what it costs to tell hundreds of clients: with listeners
thousand  a start with a thousand cameras, and their list: with lively, where all of them stream
polling   what it costs to look at playlists that have nothing new
profiling where a server's CPU time goes, for figures that are missed
stage     our server with cameras that are always live: encoder stands in for FFmpeg
ways      on which loop and with which layer it answers
cores     who runs where
tools     programs that are installed or compiled when they are missing
faults    another one: the table of faults, measured; rare_faults has rows of their own
edge      another one: the live edge, with edge_server, edge_walls (and viewers.c) and edge_page
page      another one: our page in Chromium beside bare hls.js players
authentication  and one more: what it costs a request to be let in
"""
