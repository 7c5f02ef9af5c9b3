"""Qt only: draws projections, says what the operator intends."""
