"""Who plays with whom, and whether their connection is good enough."""
