"""The whole way through: real console, real engine, real pages."""
