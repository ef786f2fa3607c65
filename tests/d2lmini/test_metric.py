"""Metrics add up over batches, and refuse labels that are not those of the predictions."""

import math

import numpy
import pytest

import d2lmini as mx
from d2lmini import metric, nd, np


def test_metrics_are_also_where_gluon_2_keeps_them():
    assert mx.gluon.metric is metric


def test_accuracy_counts_over_unequal_batches():
    accuracy = mx.metric.Accuracy()
    assert accuracy.get()[0] == "accuracy" and math.isnan(accuracy.get()[1])
    scores = nd.array([[0.3, 0.7], [0.9, 0.1], [0.4, 0.6]])
    accuracy.update([nd.array([1, 0, 0])], [scores])
    accuracy.update(nd.array([1]), scores[:1])
    assert accuracy.get() == ("accuracy", 0.75)
    assert str(accuracy) == "EvalMetric: {'accuracy': 0.75}"
    accuracy.reset()
    accuracy.update(preds=np.array([1, 0]), labels=np.array([[1], [1]]))  # classes, not scores
    assert accuracy.get()[1] == 0.5
    accuracy.reset()
    accuracy.update(nd.array([[1, 0], [0, 1]]), nd.array([[0, 1], [2, 1], [0, 1], [3, 4]]))
    assert accuracy.get()[1] == 0.75  # steps of two sequences, in one row of predictions
    accuracy.reset()
    accuracy.update(nd.array([1, 0]), nd.array([[0.9], [0.3]]) > 0.5)  # a column of classes
    assert accuracy.get()[1] == 1


def test_own_metrics_may_keep_gluons_sums_over_all_batches():
    class Length(mx.metric.EvalMetric):
        def update(self, labels, preds):
            self.sum_metric += len(preds)
            self.num_inst += 1
            self.global_sum_metric += len(preds)
            self.global_num_inst += 1

    length = Length()
    length.update(None, nd.ones(4))
    assert (length.get()[1], length.global_sum_metric, length.global_num_inst) == (4, 4, 1)
    length.reset()
    assert length.global_num_inst == 0
    accuracy = mx.metric.Accuracy()
    accuracy.update(nd.array([1, 0]), nd.array([1, 1]))
    assert (accuracy.global_sum_metric, accuracy.global_num_inst) == (1, 2)


@pytest.mark.parametrize(
    ("name", "expected"), [("mse", (1 + 4) / 2), ("mae", 1.5), ("rmse", math.sqrt(2.5))]
)
def test_errors_are_means_of_the_batches(name, expected):
    error = metric.create(name)
    error.update([nd.array([1, 2])], [nd.array([[2], [4]])])  # a column of predictions
    assert error.get() == (name, pytest.approx(expected))
    error.update([nd.array([3])], [nd.array([3])])
    assert error.get()[1] == pytest.approx(expected / 2)


def test_loss_is_a_mean_over_examples():
    loss = metric.Loss(name="training loss")
    loss.update(None, nd.array([1, 2]))
    loss.update(None, [nd.array([6])])
    assert loss.get_name_value() == [("training loss", 3.0)]


def test_a_mean_is_a_plain_number():
    error = metric.MAE()
    error.sum_metric, error.num_inst = nd.array([3]).asscalar(), 2  # as a metric of one's own may
    assert repr(error.get()) == "('mae', 1.5)"


def test_own_metric_says_what_it_measures():
    class Hits(metric.EvalMetric):
        def measure(self, label, prediction):
            assert type(label) is numpy.ndarray
            return (label == prediction).sum(), 1

    hits = metric.create("hits")
    hits.update(nd.array([1, 2, 3]), nd.array([1, 2, 4]))
    assert isinstance(hits, Hits) and hits.get() == ("hits", 2.0)
    with pytest.raises(NotImplementedError, match="EvalMetric must define measure"):
        metric.EvalMetric().update(nd.array([1]), nd.array([1]))


@pytest.mark.parametrize(
    ("labels", "predictions", "said"),
    [
        ([nd.zeros(2)], [nd.zeros((2, 3))] * 2, "got 1 arrays of labels and 2 of"),
        (nd.zeros(3), nd.zeros((2, 3)), r"got 3 labels of shape \(3,\) for predictions of shape"),
        (None, nd.zeros((2, 3)), "accuracy needs labels, one for each example, but got None"),
    ],
)
def test_labels_of_something_else_are_refused(labels, predictions, said):
    accuracy = metric.Accuracy()
    with pytest.raises(ValueError, match=said):
        accuracy.update(labels, predictions)
    assert accuracy.num_inst == 0
    for probabilities in (nd.array([0.2, 0.9]), nd.array([[0.2], [0.9]])):
        with pytest.raises(
            ValueError, match=r"got fractions, .* for each class, or, say, p > 0\.5"
        ):
            accuracy.update(nd.array([0, 1]), probabilities)
    with pytest.raises(ValueError, match="one label for each example"):
        metric.MSE().update(nd.zeros(3), nd.zeros((2, 3)))
    with pytest.raises(ValueError, match="there is no metric 'f1': use one of acc, accuracy"):
        metric.create("f1")
