"""The desk: what waits, one alarm, what was closed, and the live stream that feeds them."""
