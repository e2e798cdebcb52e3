"""Building blocks of networks that act coordinate by coordinate: mirror maps and their derivatives, layers, starts."""
