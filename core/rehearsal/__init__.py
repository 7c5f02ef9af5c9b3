"""Sessions with nobody in them: a simulated crowd on a virtual clock, and bots on real sockets."""
