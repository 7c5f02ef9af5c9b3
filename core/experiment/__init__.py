"""The experiment file: what it may say, reading it, rendering its pages."""
