"""Incidents (vụ việc): alarms of one site and time as one case, with its procedure, its timeline and its outcome."""
