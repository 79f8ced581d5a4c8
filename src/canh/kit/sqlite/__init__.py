"""Django's SQLite backend with the fair write lock in front of each transaction."""
