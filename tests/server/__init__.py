"""Tests of core/server: the engine and its sockets."""
