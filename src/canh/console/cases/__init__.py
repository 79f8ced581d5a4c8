"""Cases: their procedure step by step, and their end."""
