"""Shared monitoring: desks, what they watch, who took over, and what nobody watches."""
