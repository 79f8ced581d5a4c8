"""Text messages, by the modem that the SMS door of the gateway holds open."""
