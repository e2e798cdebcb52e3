"""Random instances of every bad kind against rigorous enclosures: no wrong answer certified, no right one refuted."""
