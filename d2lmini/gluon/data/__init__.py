"""Data sets, and the loader that cuts them into batches."""

from . import vision
from .dataset import ArrayDataset, Dataset, SimpleDataset
from .loader import BatchSampler, DataLoader, RandomSampler, Sampler, SequentialSampler

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
