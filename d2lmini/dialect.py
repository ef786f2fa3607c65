"""Which of Gluon's two dialects is in force: legacy (``nd``) or modern (``np``, ``npx``)."""


class Dialect:
    """The dialect of the process; ``npx.set_np()`` makes it modern.

    It decides what the one array class does where the two dialects differ: how arrays print,
    whether a full reduction has shape ``(1,)`` or ``()``, whether comparisons give floats or
    booleans, and which random stream is drawn from.
    """

    modern = False


dialect = Dialect()
