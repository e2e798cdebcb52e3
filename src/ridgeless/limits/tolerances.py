"""Numbers that several solvers go by, each once, with its reason."""

from __future__ import annotations

# Newton's last steps cost little and double the digits: aim beyond what is asked.
AIM = 0.01
FINEST_AIM = 3e-13
COARSEST_TOL = 1e-10
# A part of x that neither zeros forced to rounding only nor a last correction may move without a certificate.
FIRM = 1e-8
