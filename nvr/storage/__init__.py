"""Where recordings lie, how much room there is, and what has to go."""
