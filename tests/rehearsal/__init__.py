"""Tests of core/rehearsal."""
