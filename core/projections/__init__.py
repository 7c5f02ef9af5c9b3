"""Folds of events, one question a file."""
