"""Working with the police: their desks, what is handed over to them, and what they answer."""
