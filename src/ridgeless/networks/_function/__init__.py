"""Tools of `networks.Function`: the layout of its weights, and its interface to JAX."""
