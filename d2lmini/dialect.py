"""Which of Gluon's two dialects is active: legacy (``nd``) or modern (``np``, ``npx``).

It is the same for the whole process; ``npx.set_np()`` makes it modern. It decides how the array
class behaves where the two dialects differ: how arrays print, whether a full reduction has shape
``(1,)`` or ``()``, whether comparisons return floats or booleans, and which random stream is used.
"""

modern = False
