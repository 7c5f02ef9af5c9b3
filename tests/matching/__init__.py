"""Tests of core/matching: the rules of DESIGN §4."""
