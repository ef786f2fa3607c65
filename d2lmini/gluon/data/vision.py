"""Images: a small data set of handwritten digits that comes with the package."""

from pathlib import Path

import numpy as np

from ...ndarray import NDArray
from . import ArrayDataset


class Digits(ArrayDataset):
    """1,797 handwritten digits of 8 × 8 pixels, with their labels.

    Every sixth example is reserved for testing: 1,498 are for training and 299 for testing. The
    images are by E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", 1998,
    https://doi.org/10.24432/C50P49, CC BY 4.0; ``digits.md`` next to the file describes what was
    done to them.

    Args:
        train: whether to return the training examples; otherwise, those for testing.

    Example:
        >>> image, label = Digits()[0]      # image of shape (8, 8) from 0 to 1
    """

    def __init__(self, train: bool = True) -> None:
        with np.load(Path(__file__).with_name("digits.npz")) as file:
            images, labels = file["images"], file["labels"]
        chosen = (np.arange(len(labels)) % 6 != 5) == train
        images, labels = images[chosen].astype(np.float32) / 16, labels[chosen].astype(np.int32)
        super().__init__(NDArray(images), NDArray(labels))
