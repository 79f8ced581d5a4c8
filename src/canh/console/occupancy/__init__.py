"""Who is inside: visitors, keys, lockdowns; and the page that staff have on their phone."""
