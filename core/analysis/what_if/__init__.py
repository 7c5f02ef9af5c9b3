"""What another limit or matchmaker would have meant: a run re-enacted on a virtual clock."""
