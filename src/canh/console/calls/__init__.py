"""Who is called about an alarm that nobody takes: ladders, who is on duty, the call sheet."""
