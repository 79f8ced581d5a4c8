"""Who is inside, who has the keys, and whether everybody is safe: visitors, keys, lockdowns."""
