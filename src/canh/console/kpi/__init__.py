"""How the desk does: its figures, and the alarms behind each."""
