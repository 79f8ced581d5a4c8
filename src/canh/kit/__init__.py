"""Ground tools shared by every room. No tables, no domain words."""
