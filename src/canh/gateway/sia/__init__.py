"""SIA DC-09 over TCP and UDP: how alarm panels report over IP (ANSI/SIA DC-09, with DC-03 and DC-05 inside).

bytes → `frame` → `crypt` → `content` → `judge` → journal → `reply`. `link` is one connection, `datagrams`
the UDP port, `clerk` takes the frames of all.
"""

DOOR = "sia"
"""The name of this door in the journal."""
