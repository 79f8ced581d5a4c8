"""Chat services and gateways, through Apprise."""
