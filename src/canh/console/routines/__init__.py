"""Routines of banks and treasuries: the all-clear, the vault, crews."""
