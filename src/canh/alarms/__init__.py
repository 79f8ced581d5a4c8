"""Alarms: ALARM, a condition that needs a person."""
