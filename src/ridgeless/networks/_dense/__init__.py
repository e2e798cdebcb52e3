"""What dense networks are made of: their theorem, what training can reach, saddles, and the row space alone."""
