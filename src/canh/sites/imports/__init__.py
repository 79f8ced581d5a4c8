"""Setting up many premises from a file: read, check against the register, write as a whole, undo."""
