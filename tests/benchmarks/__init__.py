"""Where the figures in README and ARCHITECTURE come from."""
