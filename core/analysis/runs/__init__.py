"""The list of runs and the figures in it."""
