"""What can be asked of a limit: its scale, start, causes, derivative and neighbours. One module for each question."""
