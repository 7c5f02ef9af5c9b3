"""Composition: the one room that sees the engine and the window."""
