"""People, their roles, the tree of units, and the audit of everything."""
