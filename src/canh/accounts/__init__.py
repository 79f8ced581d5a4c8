"""Accounts: people, units, areas, and who may see what."""
