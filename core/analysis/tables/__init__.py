"""A run as typed tables, and their export."""
