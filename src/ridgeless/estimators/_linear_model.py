"""What all our linear models tell scikit-learn of themselves."""

from __future__ import annotations


from sklearn.utils import Tags


class LinearModel:
    """Tags of a linear model, and the methods that none of them has, with the reason."""

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # pyright: ignore[reportAttributeAccessIssue]
        tags.input_tags.sparse = True
        return tags

