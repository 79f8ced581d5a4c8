"""What follows an alarm that nobody takes: who is told next, by which way, until somebody has it."""
