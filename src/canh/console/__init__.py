"""The staff front: the desk, the map, the register, health."""
