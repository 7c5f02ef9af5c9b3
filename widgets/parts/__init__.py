"""Pieces that several panels share."""
