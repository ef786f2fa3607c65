"""Matplotlib's backend in the page: shows figures at `plt.show` and at the end of a cell."""

import matplotlib
from live.kernel import show_figures
from matplotlib.backends.backend_svg import FigureCanvasSVG as FigureCanvas

__all__ = ["FigureCanvas", "show"]

matplotlib.rcParams["svg.hashsalt"] = "d2lmini"  # so that figures are reproducible


def show(*args, **kwargs):
    """Show the figures drawn so far."""
    show_figures()
