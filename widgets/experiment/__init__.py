"""The experiment page: form and text of one experiment file, and what was looked at before the doors open."""
