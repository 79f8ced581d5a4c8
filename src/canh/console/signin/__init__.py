"""Coming in, going out, and a person's own settings."""
