"""What the public tells, and by when it must be dealt with."""
