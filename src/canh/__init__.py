"""Canh keeps watch over the premises of a city."""

__version__ = "0.2.0"
