"""Pure functions over projections and events of finished runs."""
