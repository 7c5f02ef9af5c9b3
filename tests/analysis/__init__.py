"""Figures of whole runs."""
