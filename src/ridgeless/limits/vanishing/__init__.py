"""Scale → 0: from saddle to saddle, to a minimiser of the weighted ℓ1 norm."""
