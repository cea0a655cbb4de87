"""WHERE IT IS KEPT: names, playlists, the timeline in memory, and the one module that touches the disk."""
