"""Audit: who did what, in a sealed chain that shows any later change."""
