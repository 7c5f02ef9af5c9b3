"""Run directories: writing them, following them, finding them."""
