"""Limits of networks of depth 3 and more: a primal-dual interior-point path, then Newton's method at its end.

`problem` holds the equations and the iterates, `primal_dual` follows the path, and `final_newton` solves at its end.
Where that end is a degenerate vertex, `degenerate_face` writes the same problem in an exact basis of columns, and
`primal_dual` solves it there.
"""
