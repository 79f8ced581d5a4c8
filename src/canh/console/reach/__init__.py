"""How people are reached: one's own ways, and who has none that works."""
