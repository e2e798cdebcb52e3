"""Figures of studies and trainings. Each takes `ax`, returns the Axes, and changes no setting of matplotlib."""
