"""Evidence of a case: its files, and the pack that leaves the installation."""
