"""The engine: runs the steps of the rooms, in order, one engine per node."""
