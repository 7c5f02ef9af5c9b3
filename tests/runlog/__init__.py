"""Logs as they are written, found and read again."""
