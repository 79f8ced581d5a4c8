"""Who stands guard, and when. Today: who is on duty, entered by hand; a roster will write the same table."""
