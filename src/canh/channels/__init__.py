"""Ways out to people: a folder a channel. Nothing leaves that the operator did not set up."""
