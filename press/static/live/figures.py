"""Matplotlib's backend in the page: shows figures at `plt.show` and at the end of a cell."""

from kernel import show_figures
from matplotlib.backends.backend_svg import FigureCanvasSVG as FigureCanvas

__all__ = ["FigureCanvas", "show"]


def show(*args, **kwargs):
    """Show the figures drawn so far."""
    show_figures()
