"""Floor plans: set up by who keeps the register, shown beside an alarm with what tripped."""
