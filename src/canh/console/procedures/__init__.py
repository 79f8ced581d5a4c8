"""Procedures: what holds, what a unit writes of its own, what was skipped."""
