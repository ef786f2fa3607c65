"""Data sets, and the loader that splits them into batches."""

from . import dataloader, dataset, sampler, vision
from .dataloader import DataLoader, default_batchify_fn
from .dataset import ArrayDataset, Dataset, SimpleDataset
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["dataloader", "dataset", "sampler", "vision"]
__all__ += ["ArrayDataset", "DataLoader", "Dataset", "SimpleDataset", "default_batchify_fn"]
__all__ += ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler"]
