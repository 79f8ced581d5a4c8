"""A POST to a receiver that the operator named."""
