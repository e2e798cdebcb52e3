"""Limits as the scale of the start vanishes: an active-set path to a minimiser of the weighted ℓ1 norm.

`weighted_l1` is the solver: it follows the path (`saddle_to_saddle`, which finds its next event by `screening`),
refines and tests its end (`near_copies`), and describes the set of all minimisers (`optimal_face`). `exact_rational`
follows the same path in rational numbers, as an oracle for small systems.
"""
