"""Sending people to the spot, and what they answer."""
