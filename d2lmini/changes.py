"""The count of changes to blocks and parameters, by which compiled programs notice them."""


class Changes:
    """Counts every change of a block's attributes or children, or of a parameter's array."""

    count = 0


changes = Changes()
