"""Email, by a server of the operator."""
