"""Which of Gluon's two dialects is active: legacy (``nd``) or modern (``np``, ``npx``).

``npx.set_np()`` makes the process modern, ``npx.np_array()`` its thread for a while. It decides how
the array class behaves where the two dialects differ: how arrays print, whether a full reduction
has shape ``(1,)`` or ``()``, whether comparisons return floats or booleans, and which random stream
is used.
"""

import threading


class Dialect(threading.local):
    """The dialect: that of the thread if it has its own, or else that of the process.

    Attributes:
        modern: whether it is the modern one.
    """

    modern = False


dialect = Dialect()
