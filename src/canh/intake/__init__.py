"""Intake: SIGNAL, what a device said, durable before it is acknowledged."""
