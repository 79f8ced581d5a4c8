"""Canh keeps watch over the premises of a city."""

__version__ = "0.1.0"
