"""Runs all cells in one context, which keeps NumPy's print options from cell to cell.

JupyterLite's kernel runs each cell in its own context; IPython runs this file when it starts.
"""

import contextvars

from IPython import get_ipython

shell = get_ipython()
run = shell.run_cell
context = contextvars.copy_context()
inside = contextvars.ContextVar("inside", default=False)
context.run(inside.set, True)


def run_cell(*arguments, **options):
    """Run a cell as IPython does; one that is run by another cell is already in the context."""
    if inside.get():
        return run(*arguments, **options)
    return context.run(run, *arguments, **options)


shell.run_cell = run_cell
