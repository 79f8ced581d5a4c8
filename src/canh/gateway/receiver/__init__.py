"""Existing alarm receivers that stand before Canh: their computer output, Sur-Gard MLR2 over TCP.

bytes → `frame` → `content` → `course`, `judge` → journal → ACK. `link` is one connection, whoever dialled;
`clerk` takes the frames of all; `door` listens and dials.
"""

DOOR = "receiver"
"""The name of this door in the journal."""
SCHEME = "receiver:"
"""How the accounts of the receivers themselves begin; those of the panels behind them are bare."""
