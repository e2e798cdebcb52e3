"""Building blocks of dense networks: their theorem, reachable directions, saddles, reduction to the row space."""
