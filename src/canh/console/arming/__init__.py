"""Arming, and who has opened and closed: state, acts, the board."""
