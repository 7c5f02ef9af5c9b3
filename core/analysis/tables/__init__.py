"""A run as typed tables, and how they are written as CSV."""
