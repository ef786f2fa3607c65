"""Data sets, and the loader that cuts them into batches."""

from typing import TYPE_CHECKING

from ...absent import names
from . import vision
from .dataset import ArrayDataset, Dataset, SimpleDataset
from .loader import BatchSampler, DataLoader, RandomSampler, Sampler, SequentialSampler

if not TYPE_CHECKING:
    __getattr__ = names(__name__)

__all__ = [
    "ArrayDataset",
    "BatchSampler",
    "DataLoader",
    "Dataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SimpleDataset",
    "vision",
]
