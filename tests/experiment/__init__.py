"""Tests of `core/experiment`."""
