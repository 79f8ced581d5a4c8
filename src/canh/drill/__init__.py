"""The drill: an invented ward to look at, and the player that rings its panels over the real wire."""
