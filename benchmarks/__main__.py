"""Measure everything, print the table, and draw it: ``python -m benchmarks [FIGURE]``."""

from __future__ import annotations

import argparse
import os
import sys

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported: one thread for each contender

from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402
from time import perf_counter  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

if TYPE_CHECKING:
    from .work import Contenders

ROUNDS = 15
SECONDS = 0.05  # for each contender in each round


def measure(entrants: Contenders) -> dict[str, float]:
    """Return the median time of a call in microseconds.

    Contenders take turns, so that disturbances affect all of them alike.
    """
    counts = {}
    for name, work in entrants.items():
        work()
        work()
        start = perf_counter()
        work()
        counts[name] = max(1, int(SECONDS / (perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in entrants}
    for _ in range(ROUNDS):
        for name, work in entrants.items():
            start = perf_counter()
            for _ in range(counts[name]):
                work()
            times[name].append((perf_counter() - start) / counts[name] * 1e6)
    return {name: median(found) for name, found in times.items()}


def table(results: dict[str, dict[str, float]]) -> str:
    """Return a table of the times in microseconds, with the ratio to NumPy in parentheses."""
    lines = [f"{'median µs (× NumPy)':52}" + "".join(f"{name:>18}" for name in NAMES)]
    for work, times in results.items():
        cells = [
            f"{times[name]:.1f} ({times[name] / times['NumPy']:.2f})" if name in times else "–"
            for name in NAMES
        ]
        lines.append(f"{work:52}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


NAMES = ("NumPy", "eager", "hybridized", "PyTorch")
FORMATS = (".svg", ".pdf", ".png")  # of the figure, chosen by its suffix


def draw(results: dict[str, dict[str, float]], path: Path) -> None:
    """Draw the ratios to NumPy as bars."""
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "benchmarks"
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    for i, name in enumerate(NAMES):
        ratios = [times.get(name, 0) / times["NumPy"] for times in results.values()]
        places = [row + (i - 1.5) * 0.2 for row in range(len(results))]
        bars = axes.barh(
            places, ratios, 0.18, label=name if name in ("NumPy", "PyTorch") else f"d2lmini, {name}"
        )
        axes.bar_label(bars, [f"{ratio:.2f}" if ratio else "" for ratio in ratios], padding=2)
    axes.set_yticks(range(len(results)), list(results))
    axes.invert_yaxis()
    axes.set_xlabel("time, in multiples of plain NumPy")
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def figure(name: str) -> Path:
    """Return the figure's file, if its suffix names a supported format."""
    path = Path(name)
    if path.suffix not in FORMATS:
        raise argparse.ArgumentTypeError(
            f"{name!r} must end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}: "
            "the suffix chooses the format of the figure"
        )
    return path


def options() -> argparse.Namespace:
    """Return the options on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare the speed of d2lmini with plain NumPy, and with PyTorch if it is "
        "installed: median times on one thread, and in parentheses their ratios to NumPy's.",
    )
    parser.add_argument(
        "figure",
        nargs="?",
        type=figure,
        default="build/benchmarks.svg",
        help=f"where to save a chart of the ratios ({', '.join(FORMATS)}; default: %(default)s)",
    )
    return parser.parse_args()


def main() -> None:
    """Run the benchmarks."""
    path = options().figure
    from .work import contenders, torch  # takes seconds if PyTorch is installed

    if torch is None:
        print("PyTorch is not installed, so its column stays empty")
    else:
        torch.set_num_threads(1)
    results = {}
    for work, entrants in contenders().items():
        print(f"measuring {work} …", file=sys.stderr)
        results[work] = measure(entrants)
    print(table(results))
    draw(results, path)
    print(f"figure: {path}")


if __name__ == "__main__":
    main()
