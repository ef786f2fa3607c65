"""Losses, trainers, data and metrics as programs of Gluon use them."""

import numpy
import pytest
from programs import mlp, same

import d2lmini as mx
from d2lmini import autograd, gluon, init, nd
from d2lmini.gluon import data as gdata, loss as gloss, nn, utils


def test_losses_with_weights():
    pred, label = nd.array([[1.0, 2.0], [3.0, 4.0]]), nd.array([[0.0, 0.0], [3.0, 2.0]])
    same(gloss.L2Loss()(pred, label), [1.25, 1])
    same(gloss.L2Loss(weight=2)(pred, label), [2.5, 2])
    same(gloss.L2Loss()(pred, label, nd.array([[1], [0]])), [1.25, 0])
    same(gloss.L2Loss(batch_axis=1)(pred, label), [0.25, 2])
    same(gloss.L1Loss()(pred, label), [1.5, 1])
    same(gloss.HuberLoss(rho=1)(pred, label), [1, 0.75])
    same(gloss.L2Loss()(pred.reshape((-1,)), label), [0.5, 2, 0, 2])
    cross = gloss.SoftmaxCrossEntropyLoss()
    expected = -nd.log_softmax(pred).pick(nd.array([0, 1])).asnumpy()
    same(cross(pred, nd.array([0, 1])), expected)
    same(cross(pred, nd.array([0, 1]), nd.array([2, 0])), expected * [2, 0])
    same(cross(pred, nd.array([[0], [1]])), expected)  # labels in a column
    dense = gloss.SoftmaxCrossEntropyLoss(sparse_label=False)
    same(dense(pred, nd.one_hot(nd.array([0, 1]), 2)), expected)
    sigmoid = gloss.SigmoidBinaryCrossEntropyLoss()
    same(sigmoid(nd.array([[0.0]]), nd.array([[1.0]])), [numpy.log(2)])


def test_losses_made_from_those_of_the_package():
    class Doubled(gloss.L2Loss):
        def hybrid_forward(self, F, pred, label, sample_weight=None):
            return 2 * super().hybrid_forward(F, pred, label, sample_weight)

    class LogCosh(gloss.Loss):
        def hybrid_forward(self, F, pred, label, sample_weight=None):
            label = gloss._reshape_like(F, label, pred)
            loss = F.log(F.cosh(pred - label))
            loss = gloss._apply_weighting(F, loss, self._weight, sample_weight)
            return F.mean(loss, axis=self._batch_axis, exclude=True)

    pred, label = nd.array([[1, 2], [3, 4]]), nd.array([1, 2, 3, 5])
    doubled, log_cosh = Doubled(), LogCosh(weight=3)
    for i in range(3):
        same(doubled(pred, label), [0, 0.5])
        same(log_cosh(pred, label, nd.array([[1], [2]])), [0, 3 * numpy.log(numpy.cosh(1))])
        if i == 0:
            doubled.hybridize()
            log_cosh.hybridize()


def test_linear_regression_from_scratch():
    true_w, true_b = nd.array([2, -3.4]), 4.2
    features = nd.random.normal(scale=1, shape=(500, 2))
    labels = true_w[0] * features[:, 0] + true_w[1] * features[:, 1] + true_b
    labels += nd.random.normal(scale=0.01, shape=labels.shape)

    w = nd.random.normal(scale=0.01, shape=(2, 1))
    b = nd.zeros(shape=(1,))
    w.attach_grad()
    b.attach_grad()

    def batches(size):
        order = numpy.random.RandomState(0).permutation(len(features))
        for i in range(0, len(order), size):
            chosen = nd.array(order[i : i + size])
            yield features.take(chosen), labels.take(chosen)

    for _ in range(4):
        for x, y in batches(10):
            with autograd.record():
                y_hat = nd.dot(x, w) + b
                loss = (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
            loss.backward()
            for param in [w, b]:
                param[:] = param - 0.03 * param.grad / 10
    same(w, true_w.reshape((2, 1)).asnumpy(), 0.02)
    same(b, [true_b], 0.02)
    final = ((nd.dot(features, w) + b - labels.reshape((-1, 1))) ** 2).mean().asscalar()
    assert final < 1e-3


def test_softmax_regression_and_a_recurrent_net_from_scratch():
    weight = nd.random.normal(scale=0.01, shape=(4, 3))
    weight.attach_grad()
    x, y = nd.random.normal(shape=(6, 4)), nd.array([0, 1, 2, 0, 1, 2])

    def loss():
        scores = nd.dot(x, weight).exp()
        return -nd.pick(scores / scores.sum(axis=1, keepdims=True), y).log()

    before = loss().mean().asscalar()
    for _ in range(20):
        with autograd.record():
            batch = loss()
            batch.backward()  # inside the scope is as good as after it
        weight[:] -= 0.1 * weight.grad
    assert loss().mean().asscalar() < before

    w_x, w_h, b = nd.random.normal(shape=(4, 3)), nd.random.normal(shape=(3, 3)), nd.zeros(3)
    for parameter in (w_x, w_h, b):
        parameter.attach_grad()
    with autograd.record():
        h, outputs = nd.zeros((1, 3)), []
        for row in x:
            h = nd.tanh(nd.dot(row.reshape((1, -1)), w_x) + nd.dot(h, w_h) + b)
            outputs.append(h)
        total = (nd.concat(*outputs, dim=0) ** 2).sum()
    total.backward()
    assert all(parameter.grad.norm().asscalar() > 0 for parameter in (w_x, w_h, b))


def test_frozen_layers_stay_as_they_are():
    net = mlp()
    net.initialize()
    net(nd.ones((1, 4)))
    net[0].collect_params().setattr("grad_req", "null")
    frozen, trained = net[0].weight.data().copy(), net[1].weight.data().copy()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1})
    with autograd.record():
        losses = [net(nd.ones((1, 4)) * i) for i in range(1, 3)]
    autograd.backward(losses)
    trainer.step(1)
    same(net[0].weight.data(), frozen.asnumpy())
    assert (net[1].weight.data() != trained).sum().asscalar() > 0


def test_linear_regression_in_few_lines():
    features = nd.random.normal(scale=1, shape=(300, 2))
    labels = nd.dot(features, nd.array([[2.0], [-3.4]])) + 4.2
    loader = gdata.DataLoader(gdata.ArrayDataset(features, labels), 10, shuffle=True)
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    loss = gloss.L2Loss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.03})
    for _ in range(5):
        for x, y in loader:
            with autograd.record():
                batch_loss = loss(net(x), y)
            batch_loss.backward()
            trainer.step(10)
    assert loss(net(features), labels).mean().asnumpy() < 1e-3
    same(net[0].weight.data(), [[2, -3.4]], 0.02)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_softmax_regression_learns(optimizer):
    x = nd.random.normal(shape=(200, 4))
    y = nd.argmax(nd.dot(x, nd.random.normal(shape=(4, 3))), axis=1)
    net = nn.HybridSequential()
    net.add(nn.Dense(3))
    net.initialize(init=init.Normal(sigma=0.01))
    net.hybridize()
    loss = gloss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), optimizer, {"learning_rate": 0.1, "wd": 1e-4})
    for _ in range(15):
        total = 0.0
        for features, labels in gdata.DataLoader(gdata.ArrayDataset(x, y), batch_size=20):
            with autograd.record():
                batch = loss(net(features), labels).sum()
            batch.backward()
            trainer.step(features.shape[0])
            total += batch.asscalar()
    accuracy = (net(x).argmax(axis=1) == y.astype("float32")).mean().asscalar()
    assert accuracy > 0.9
    assert total / 200 < 0.5


def test_a_trainer_changes_its_rate_and_keeps_its_state(tmp_path):
    def trained(steps, trainer, layer):
        for _ in range(steps):
            with autograd.record():
                loss = (layer(nd.array([[1.0, 2.0]])) - 3) ** 2
            loss.backward()
            trainer.step(1)
        return layer.weight.data().asnumpy()

    settings = {"learning_rate": 0.01, "momentum": 0.9, "multi_precision": False}
    layer = nn.Dense(1, in_units=2, weight_initializer="ones")
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
    assert trainer.learning_rate == 0.01
    trainer.set_learning_rate(0.02)
    assert trainer.learning_rate == 0.02
    trained(3, trainer, layer)
    trainer.save_states(str(tmp_path / "trainer"))
    layer.save_parameters(str(tmp_path / "layer"))
    expected = trained(2, trainer, layer)

    again = nn.Dense(1, in_units=2)
    again.load_parameters(str(tmp_path / "layer"))
    resumed = gluon.Trainer(again.collect_params(), "sgd", settings)
    resumed.load_states(str(tmp_path / "trainer"))
    assert resumed.learning_rate == 0.02
    same(trained(2, resumed, again), expected)


def test_what_a_trainer_is_given():
    net = mlp()
    with pytest.raises(ValueError, match="collect_params"):
        gluon.Trainer(nn.Dense(2), "sgd")
    with pytest.raises(ValueError, match="nonsense"):
        gluon.Trainer(net.collect_params(), "nonsense")
    assert gluon.Trainer(net.collect_params(), "sgd").learning_rate == 0.01
    assert gluon.Trainer(net.collect_params(), "adam").learning_rate == 0.001
    typed = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": "0.5"})
    assert typed.learning_rate == 0.5  # as from a command line
    sgd = mx.optimizer.SGD(learning_rate=0.5, momentum=0.9)
    assert gluon.Trainer(net.collect_params(), sgd).learning_rate == 0.5
    adam = mx.optimizer.create("adam", learning_rate=0.25)
    assert gluon.Trainer(net.collect_params(), adam).optimizer is adam


def test_stale_gradients_and_multipliers():
    used, unused = nn.Dense(1, in_units=1), nn.Dense(1, in_units=1)
    for layer in (used, unused):
        layer.initialize(init.One())
    parameters = used.collect_params()
    parameters.update(unused.collect_params())
    trainer = gluon.Trainer(parameters, "sgd", {"learning_rate": 1})
    used.bias.lr_mult = 0
    with autograd.record():
        y = used(nd.array([[2.0]]))
    y.backward()
    with pytest.raises(UserWarning, match=unused.weight.name):
        trainer.step(1)
    y = None
    with autograd.record():
        y = used(nd.array([[2.0]]))
    y.backward()
    before = used.weight.data().asscalar()
    trainer.step(2, ignore_stale_grad=True)
    assert used.weight.data().asscalar() == before - 1
    assert used.bias.data().asscalar() == 0
    assert unused.weight.data().asscalar() == 1


def test_gradients_add_up_over_batches():
    net = mlp()
    net.initialize()
    net(nd.ones((1, 4)))
    for parameter in net.collect_params().values():
        parameter.grad_req = "add"
    x = nd.random.normal(shape=(2, 4))
    for _ in range(2):
        with autograd.record():
            loss = net(x).sum()
        loss.backward()
    twice = net[1].bias.grad().copy()
    same(twice, [4, 4, 4])
    net.collect_params().zero_grad()
    same(net[1].bias.grad(), [0, 0, 0])


def test_gradients_are_clipped_and_batches_split():
    arrays = [nd.array([3.0]), nd.array([[4.0]])]
    assert utils.clip_global_norm(arrays, 1) == pytest.approx(5)
    same(arrays[1], [[0.8]])
    assert utils.clip_global_norm(arrays, 2, check_isfinite=False).asscalar() == pytest.approx(1)
    halves = utils.split_data(nd.arange(6).reshape((6, 1)), 2)
    same(halves[1], [[3], [4], [5]])
    for devices in ([mx.cpu()], mx.cpu()):
        (batch,) = utils.split_and_load(nd.ones((4, 2)), devices)
        assert batch.shape == (4, 2)
    with pytest.raises(ValueError, match="evenly"):
        utils.split_data(nd.ones((5, 1)), 2)


def test_shapes_are_inferred_without_a_forward():
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.BatchNorm(), nn.Dense(2))
    net.initialize()
    net.infer_shape(nd.ones((2, 5)))
    assert net[0].weight.data().shape == (3, 5)
    assert net[2].weight.shape == (2, 3)
    same(net[1].running_mean.data(), [0, 0, 0])


def test_data_sets_and_loaders():
    x, y = nd.arange(10).reshape((5, 2)), nd.arange(5)
    dataset = gdata.ArrayDataset(x, y)
    assert len(dataset) == 5
    features, label = dataset[1]
    same(features, [2, 3])
    assert float(label) == 1
    loader = gdata.DataLoader(dataset, batch_size=2, shuffle=False, last_batch="keep")
    assert [len(batch[0]) for batch in loader] == [2, 2, 1]
    assert len(loader) == 3
    assert len(gdata.DataLoader(dataset, 2, last_batch="discard")) == 2
    seen = sorted(v for _, b in gdata.DataLoader(dataset, 2, shuffle=True) for v in b.asnumpy())
    assert seen == [0, 1, 2, 3, 4]
    doubled = dataset.transform_first(lambda features: features * 2)
    same(doubled[1][0], [4, 6])
    odd = doubled.filter(lambda example: example[1] % 2)
    assert [float(label) for _, label in odd] == [1, 3]
    assert [list(dataset.shard(3, i).transform(lambda _, y: y)) for i in range(3)] == [
        [0, 1],
        [2, 3],
        [4],
    ]
    assert len(dataset.take(9)) == len(dataset.take(None)) == 5
    (first,) = gdata.DataLoader(dataset.take(3).sample([2, 0]), 2)
    same(first[0], [[4, 5], [0, 1]])
    with pytest.raises(IndexError):
        list(dataset.sample([7]))
    (ids,) = gdata.DataLoader(gdata.SimpleDataset([3_000_000_000, 1]), 2)
    assert ids.tolist() == [3_000_000_000, 1]


def test_a_metric_as_gluon_subclasses_it():
    @mx.metric.register
    @mx.metric.alias("hits")
    class HitsOf(mx.metric.EvalMetric):
        def __init__(self, name="hits", output_names=None, label_names=None):
            super().__init__(name, output_names, label_names=label_names, k=1)

        def update(self, labels, preds):
            labels, preds = mx.metric.check_label_shapes(labels, preds, True)
            for label, pred in zip(labels, preds, strict=True):
                mx.metric.check_label_shapes(label, pred, shape=True)
                self.sum_metric += (label == pred).sum().asscalar()
                self.num_inst += label.size

    hits = mx.metric.create("hits")
    hits.update(nd.array([1, 2]), nd.array([1, 3]))
    hits.update([nd.array([1, 2])], [nd.array([1, 2])])
    assert hits.get() == ("hits", 0.75)
    assert isinstance(mx.metric.create("hitsof"), HitsOf)
    with pytest.raises(ValueError, match=r"labels of shape \(2,\) and predictions of shape \(1,\)"):
        hits.update(nd.array([1, 2]), nd.array([1]))
    with pytest.raises(ValueError, match="got 0 arrays of labels and 1 of"):
        mx.metric.check_label_shapes([], [nd.ones(2)])
