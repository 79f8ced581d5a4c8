"""Shared monitoring: which desk watches which premises at which hours, and who takes over when nobody sits there."""
