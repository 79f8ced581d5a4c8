"""Is everything up, and what could the doors not take?"""
