"""Runs beside each other: figures, differences and how sure they are, distributions, set-ups."""
