"""Web push: to a browser that somebody allowed to show messages, also while no page is open."""
