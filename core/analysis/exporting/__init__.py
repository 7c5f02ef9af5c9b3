"""Runs as a folder of tables: the figures of a comparison beside the rows they are taken from, redacted if wanted."""
