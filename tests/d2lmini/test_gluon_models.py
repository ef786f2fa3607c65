"""Whole models as users of Gluon write and train them, held against NumPy or against themselves."""

import math
from functools import partial

import numpy
import programs
import pytest

from d2lmini import autograd, gluon, init, nd, np, npx, random
from d2lmini.gluon import data as gdata, loss as gloss, nn

same = partial(programs.same, tolerance=1e-4)


def logistic(x):
    return 1 / (1 + numpy.exp(-x))


# Cells and layers by hand ----------------------------------------------------------------------
class MemoryCell(nn.Block):
    """A cell with a long and a short memory, its gates computed by two dense layers."""

    def __init__(self, hidden, **kwargs):
        super().__init__(**kwargs)
        self.hidden = hidden
        with self.name_scope():
            self.from_input = nn.Dense(4 * hidden)
            self.from_state = nn.Dense(4 * hidden, use_bias=False)

    def begin_state(self, batch_size, ctx=None):
        return [nd.zeros((batch_size, self.hidden), ctx=ctx) for _ in range(2)]

    def forward(self, x, state):
        h, c = state
        gates = self.from_input(x) + self.from_state(h)
        forget, add, show, new = nd.split(gates, num_outputs=4, axis=1)
        c = nd.sigmoid(forget) * c + add.sigmoid() * new.tanh()
        h = nd.sigmoid(show) * nd.tanh(c)
        return h, [h, c]


def test_a_memory_cell_is_unrolled_and_cut_off():
    cell = MemoryCell(3, prefix="cell_")
    cell.initialize(init.Normal(0.5))
    sequence = nd.random.normal(shape=(5, 2, 4))
    state = cell.begin_state(2)
    with autograd.record():
        outputs = []
        for x in sequence:
            output, state = cell(x, state)
            outputs.append(output)
        stacked = nd.stack(*outputs, axis=1)
        loss = (stacked**2).mean()
    loss.backward()

    w, b, u = (p.data().asnumpy() for p in cell.collect_params().values())
    h, c = numpy.zeros((2, 2, 3))
    for t, x in enumerate(sequence.asnumpy()):
        forget, add, show, new = numpy.split(x @ w.T + b + h @ u.T, 4, axis=1)
        c = logistic(forget) * c + logistic(add) * numpy.tanh(new)
        h = logistic(show) * numpy.tanh(c)
        same(stacked[:, t], h)
    whole = cell.from_state.weight.grad().copy()
    with autograd.record():  # only the last step has a history
        output, _ = cell(sequence[-1], [part.detach() for part in cell.begin_state(2)])
    output.backward()
    assert abs(whole).sum() > 0
    same(cell.from_state.weight.grad(), numpy.zeros((12, 3)))  # it began with zeros


class Standardize(nn.Block):
    """Batch normalization written out, with its averages as plain attributes."""

    def __init__(self, width, axes, **kwargs):
        super().__init__(**kwargs)
        shape = (1, width) if axes == 2 else (1, width, 1, 1)
        self.gamma = self.params.get("gamma", shape=shape, init=init.One())
        self.beta = self.params.get("beta", shape=shape, init=init.Zero())
        self.mean, self.variance = nd.zeros(shape), nd.ones(shape)

    def forward(self, x):
        if not autograd.is_training():
            centered = (x - self.mean) / nd.sqrt(self.variance + 1e-5)
        else:
            axes = 0 if x.ndim == 2 else (0, 2, 3)
            mean = x.mean(axis=axes, keepdims=True)
            variance = ((x - mean) ** 2).mean(axis=axes, keepdims=True)
            centered = (x - mean) / nd.sqrt(variance + 1e-5)
            self.mean = 0.9 * self.mean + 0.1 * mean.detach()
            self.variance = 0.9 * self.variance + 0.1 * variance.detach()
        return self.gamma.data() * centered + self.beta.data()


@pytest.mark.parametrize("shape", [(6, 3), (5, 3, 2, 4)])
def test_batch_normalization_by_hand_is_that_of_the_layer(shape):
    ours, theirs = Standardize(3, len(shape)), nn.BatchNorm(epsilon=1e-5)
    for layer in (ours, theirs):
        layer.initialize()
    x = nd.random.normal(2, 3, shape=shape)
    x.attach_grad()
    gradients = []
    for layer in (ours, theirs):
        for _ in range(3):
            with autograd.record():
                loss = (layer(x) ** 3).sum()
            loss.backward()
        gradients.append(x.grad.copy())
    same(gradients[0], gradients[1], tolerance=1e-3)
    same(ours.mean.reshape((-1,)), theirs.running_mean.data())
    same(ours(x), theirs(x))


def test_dropout_by_hand(modern):
    def dropout(x, rate):
        kept = np.random.uniform(0, 1, x.shape) > rate
        return kept.astype("float32") * x / (1.0 - rate)

    x = np.arange(1, 4001).reshape(4, 1000)
    found = (dropout(x, 0.25) / x).asnumpy()
    assert set(found.round(4).ravel()) == {0.0, numpy.float32(1.3333)}
    assert abs(found.mean() - 1) < 0.05
    same(dropout(x, 0), x)


def test_momentum_by_hand_is_that_of_the_trainer():
    layer = nn.Dense(1, in_units=2, use_bias=False, weight_initializer=init.One())
    layer.initialize()
    trainer = gluon.Trainer(
        layer.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.01}
    )
    w, speed = nd.ones((2,)), nd.zeros((2,))
    w.attach_grad()
    x = nd.array([[1, 2], [3, -1]])
    for _ in range(5):
        with autograd.record():
            loss = (layer(x) ** 2).sum()
        loss.backward()
        trainer.step(2)
        with autograd.record():
            loss = (nd.dot(x, w) ** 2).sum()
        loss.backward()
        speed[:] = 0.9 * speed - 0.1 * (w.grad / 2 + 0.01 * w)
        w[:] += speed
    same(layer.weight.data()[0], w)


# Models ----------------------------------------------------------------------------------------
class AutoEncoder(nn.HybridBlock):
    """A variational autoencoder that gives its own loss for each example."""

    def __init__(self, hidden=16, latent=2, width=6, **kwargs):
        self.latent = latent  # before Block.__init__, as one may
        super().__init__(**kwargs)
        with self.name_scope():
            self.encoder = nn.HybridSequential(prefix="encoder_")
            self.encoder.add(nn.Dense(hidden, activation="tanh"), nn.Dense(2 * latent))
            self.decoder = nn.HybridSequential(prefix="decoder_")
            self.decoder.add(nn.Dense(hidden, activation="tanh"))
            self.decoder.add(nn.Dense(width, activation="sigmoid"))

    def hybrid_forward(self, F, x):
        mean, log_variance = F.split(self.encoder(x), axis=1, num_outputs=2)
        noise = F.random_normal(loc=0, scale=1, shape=(8, self.latent))
        y = self.decoder(mean + F.exp(0.5 * log_variance) * noise)
        divergence = 0.5 * F.sum(1 + log_variance - mean * mean - F.exp(log_variance), axis=1)
        likelihood = F.sum(x * F.log(y + 1e-10) + (1 - x) * F.log(1 - y + 1e-10), axis=1)
        return -likelihood - divergence


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_variational_autoencoder_learns(hybrid):
    net = AutoEncoder()
    net.initialize(init.Xavier())
    if hybrid:
        net.hybridize()
    x = nd.random.uniform(shape=(8, 6)) > 0.5
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    losses = []
    for _ in range(60):
        with autograd.record():
            loss = net(x)
        loss.backward()
        trainer.step(8)
        losses.append(loss.mean().asscalar())
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])


def test_two_nets_learn_against_each_other():
    maker, judge = nn.Sequential(), nn.Sequential()
    maker.add(nn.Dense(2))
    judge.add(nn.Dense(5, activation="tanh"), nn.Dense(1))
    for net in (maker, judge):
        net.initialize(init.Normal(0.1), force_reinit=True)
    trainers = [
        gluon.Trainer(net.collect_params(), "adam", {"learning_rate": rate})
        for net, rate in ((maker, 0.02), (judge, 0.05))
    ]
    loss = gloss.SigmoidBCELoss()
    real = nd.random.normal(3, 0.5, shape=(160, 2))
    for x in [*gdata.DataLoader(gdata.ArrayDataset(real), 16, shuffle=True)] * 10:
        noise, yes, no = nd.random.normal(shape=(16, 2)), nd.ones((16,)), nd.zeros((16,))
        with autograd.record():
            made = maker(noise)
            cost = (loss(judge(x), yes) + loss(judge(made.detach()), no)) / 2
        cost.backward()
        trainers[1].step(16)
        with autograd.record():
            cost = loss(judge(maker(noise)), yes)
        cost.backward()
        trainers[0].step(16)
        judge.collect_params().zero_grad()
    center = maker(nd.random.normal(shape=(200, 2))).mean(axis=0).asnumpy()
    assert (center > 1).all()  # it began around zero


def test_the_length_of_a_gradient_is_learned_too():
    net = nn.HybridSequential()
    net.add(nn.Dense(5, activation="tanh"), nn.Dense(1))
    net.initialize(init.Normal(0.5))
    x = nd.random.normal(shape=(3, 4))
    x.attach_grad()
    net(x)

    def penalty():
        with autograd.record():
            (slope,) = autograd.grad(net(x), [x], create_graph=True)
            return ((slope.norm(axis=1) - 1) ** 2).mean()

    penalty().backward()
    weight = net[0].weight
    slopes = weight.grad().asnumpy()
    for i, j in ((0, 0), (3, 2), (4, 1)):
        ends = []
        for step in (0.01, -0.02):
            weight.data()[i, j] += step
            ends.append(penalty().asscalar())
        weight.data()[i, j] += 0.01
        assert slopes[i, j] == pytest.approx((ends[0] - ends[1]) / 0.02, abs=2e-3)


def test_a_language_model_shares_its_table_with_its_output():
    class Words(nn.Block):
        def __init__(self, words, width, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.table = nn.Embedding(words, width)
                self.output = nn.Dense(words, flatten=False, params=self.table.params)

        def forward(self, x):
            return self.output(self.table(x))

    model = Words(7, 4)
    model.initialize(init.Xavier())
    ids, labels = nd.array([[1, 2, 5], [3, 6, 5]]), nd.array([[2, 5, 0], [6, 5, 0]])
    assert model.table.weight is model.output.weight
    assert len(model.collect_params()) == 2
    trainer = gluon.Trainer(model.collect_params(), "adam", {"learning_rate": 0.1})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(60):
        with autograd.record():
            cost = loss(model(ids).reshape((-1, 7)), labels.reshape((-1,)))
        cost.backward()
        trainer.step(6)
    assert (model(ids).argmax(axis=-1) == labels).asnumpy().all()


def test_new_layers_learn_faster_on_frozen_ones(tmp_path):
    def features(prefix):
        net = nn.HybridSequential(prefix=prefix)
        with net.name_scope():
            net.add(nn.Dense(8, activation="relu"), nn.Dense(4, activation="relu"))
        return net

    old = features("old_")
    old.initialize()
    x = nd.random.normal(shape=(4, 3))
    expected = old(x)
    old.save_parameters(tmp_path / "features")
    net = nn.HybridSequential()
    net.add(features("new_"), nn.Dense(2))
    net[0].load_parameters(tmp_path / "features")
    net[1].initialize(init.Xavier())
    net[1].collect_params(".*weight").setattr("lr_mult", 10)
    net[0].collect_params().setattr("grad_req", "null")
    net(x)
    before = net[1].weight.data().copy()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        cost = gloss.SoftmaxCrossEntropyLoss()(net(x), nd.array([0, 1, 1, 0]))
    cost.backward()
    trainer.step(4)
    same(net[0](x), expected)
    same(net[1].weight.data(), before - 0.1 * 10 * net[1].weight.grad() / 4)
    same(net[1].bias.data(), -0.1 * net[1].bias.grad() / 4)


def test_a_recurrent_net_of_the_modern_dialect_learns_to_count(modern):
    words, hidden = 5, 8
    shapes = [(words, hidden), (hidden, hidden), (hidden,), (hidden, words), (words,)]
    params = [np.random.normal(scale=0.3, size=shape) for shape in shapes]
    for param in params:
        param.attach_grad()
    wx, wh, bh, wq, bq = params
    x = (np.arange(6).reshape(1, -1) + np.arange(3).reshape(-1, 1)) % words
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(80):
        with autograd.record():
            state, outputs = np.zeros((3, hidden)), []
            for step in npx.one_hot(x[:, :-1].T, words):
                state = np.tanh(np.dot(step, wx) + np.dot(state, wh) + bh)
                outputs.append(np.dot(state, wq) + bq)
            cost = loss(np.concatenate(outputs, axis=0), x[:, 1:].T.reshape(-1)).mean()
        cost.backward()
        length = math.sqrt(sum(float((p.grad**2).sum()) for p in params))
        for param in params:
            if length > 1:
                param.grad[:] *= 1 / length
            param[:] = param - 0.5 * param.grad
    assert float(cost) < 0.2


def test_digits_are_told_apart():
    train, test = gdata.vision.Digits(), gdata.vision.Digits(train=False)
    loader = gdata.DataLoader(
        train.transform_first(lambda image: image.reshape((-1,)) * 2 - 1),
        batch_size=64,
        shuffle=True,
        last_batch="discard",
    )
    net = nn.HybridSequential()
    with net.name_scope():
        net.add(nn.Dense(32, activation="relu"), nn.Dropout(0.1), nn.Dense(10))
    net.initialize(init.Xavier(magnitude=2.24))
    net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    loss = gloss.SoftmaxCrossEntropyLoss()
    assert len(loader) == 1498 // 64
    for _ in range(3):
        for x, y in loader:
            with autograd.record():
                cost = loss(net(x), y)
            cost.backward()
            trainer.step(x.shape[0])
    right = sum(
        (net(x.reshape((0, -1)) * 2 - 1).argmax(axis=1) == y.astype("float32")).sum().asscalar()
        for x, y in gdata.DataLoader(test, 50)
    )
    assert right / len(test) > 0.9


@pytest.mark.parametrize("hybrid", [False, True])
def test_a_batch_of_no_examples_goes_there_and_back(hybrid):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation="relu"), nn.LayerNorm(), nn.Dropout(0.5), nn.Dense(2))
    net.initialize()
    net(nd.ones((2, 4)))
    net.hybridize(hybrid)
    x = nd.zeros((0, 4))
    x.attach_grad()
    with autograd.record():
        loss = gloss.SoftmaxCrossEntropyLoss()(net(x), nd.zeros((0,)))
    loss.backward()
    assert (loss.shape, x.grad.shape) == ((0,), (0, 4))
    same(net[0].weight.grad(), numpy.zeros((3, 4)))


# Compiled --------------------------------------------------------------------------------------
def test_a_compiled_net_learns_as_an_eager_one_does():
    def run(hybrid):
        random.seed(3)
        net = nn.HybridSequential(prefix="net_")
        with net.name_scope():
            net.add(nn.Dense(8, activation="tanh"), nn.BatchNorm(), nn.LayerNorm(), nn.Dense(1))
        net.initialize(init.Xavier())
        if hybrid:
            net.hybridize(static_alloc=True, static_shape=True)
        x = nd.random.normal(shape=(16, 4))
        y = (x**2).sum(axis=1, keepdims=True)
        trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
        loss = gloss.HuberLoss()
        for _ in range(12):
            with autograd.record():
                cost = loss(net(x), y)
            cost.backward()
            trainer.step(16)
        return cost, net(x)

    for eager, compiled in zip(run(False), run(True), strict=True):
        same(compiled, eager)


def test_many_functions_of_the_legacy_dialect_in_one_compiled_block():
    class Chain(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            y = F.broadcast_mul(F.broadcast_add(x, F.ones((1, 4))), F.sigmoid(x))
            y = F.expand_dims(F.clip(y, a_min=-1, a_max=1), axis=1)
            y = F.transpose(F.tile(y, reps=(1, 3, 1)), axes=(0, 2, 1))
            y = F.log_softmax(F.Flatten(F.slice_axis(y, axis=2, begin=0, end=2)), axis=-1)
            y = F.Activation(F.square(y) + F.abs(y).sqrt(), act_type="tanh")
            z = F.reshape(F.stack(y, -y, axis=0), shape=(-3, 0))
            z = F.mean(F.where(z > 0, z, F.zeros_like(z)), axis=-1, keepdims=True)
            z = F.squeeze(F.elemwise_mul(z, z), axis=1).reshape((-1, 1))
            left, right = F.split(F.broadcast_like(z, F.zeros((6, 2))), num_outputs=2, axis=1)
            return left - right * 0.5 + F.arange(6).reshape((-1, 1))

    net, x = Chain(), nd.random.normal(shape=(3, 4))
    x.attach_grad()
    results = []
    for hybrid in (False, True, True):
        net.hybridize(hybrid)
        with autograd.record():
            y = net(x)
        y.backward()
        results.append((y, x.grad.copy()))
    for y, gradient in results[1:]:
        same(y, results[0][0])
        same(gradient, results[0][1])


def test_a_product_of_the_modern_dialect_completes_a_weight(modern):
    class Layer(nn.HybridBlock):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.w = self.params.get("w", shape=(0, units), allow_deferred_init=True)
            self.v = self.params.get("v", shape=(2, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w, v):
            return F.np.dot(F.np.dot(x, w) if self.w.shape[1] > 3 else x.dot(w), v.T)

    net = nn.HybridSequential()
    net.add(Layer(3), Layer(4))
    net.initialize(init.One())
    net.hybridize()
    for _ in range(2):
        same(net(np.ones((2, 5))), [[120, 120], [120, 120]])
    assert [p.shape for p in net.collect_params().values()] == [(5, 3), (2, 3), (2, 4), (2, 4)]


def test_what_is_marked_for_the_modern_dialect_runs_in_it():
    @npx.use_np
    class Total(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x.sum(), x > 1

    @npx.use_np
    def total(x):
        return x.sum()

    x = nd.array([1.0, 2.0])
    net = Total()
    for _ in range(3):
        sum_, larger = net(x)
        assert sum_.shape == () and larger.dtype == numpy.bool_
        net.hybridize()
    assert total(x).shape == () and x.sum().shape == (1,)
    with npx.np_array(True):
        assert npx.is_np_array() and (x > 1).dtype == numpy.bool_
    with pytest.raises(ZeroDivisionError), npx.np_array():
        1 / 0  # noqa: B018 - the dialect is restored after an error too
    assert not npx.is_np_array()


def test_both_faces_of_the_modern_dialect_in_one_compiled_block(modern):
    @npx.use_np
    class Mixed(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = nn.Dense(6, use_bias=False)
            self.w = self.params.get("w", shape=(6, 2), init=init.Normal(0.5))

        def hybrid_forward(self, F, x, w):
            h = F.np.dot(F.npx.relu(self.dense(x)), w)
            h = F.npx.softmax(F.np.concatenate([h, F.np.tanh(h)], axis=-1), axis=-1)
            return F.np.where(h > 0.2, h, F.np.zeros_like(h)).sum(axis=-1) + F.np.abs(h).mean()

    net = Mixed()
    net.initialize()
    x = np.random.normal(size=(3, 4))
    h = numpy.maximum(net.dense(x).asnumpy(), 0)
    h = h @ net.w.data().asnumpy()
    h = numpy.exp(numpy.concatenate([h, numpy.tanh(h)], axis=-1))
    h /= h.sum(axis=-1, keepdims=True)
    expected = numpy.where(h > 0.2, h, 0).sum(axis=-1) + h.mean()
    same(net(x), expected)
    net.hybridize()
    same(net(x), expected)
    same(net(x), expected)


def test_a_compiled_block_that_keeps_what_it_computes_says_that_it_is_slow():
    class Keeper(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.last = None

        def hybrid_forward(self, F, x):
            self.last = x * 2
            return self.last + 1

    net = nn.HybridSequential(prefix="net_")
    net.add(Keeper(prefix="keeper_"))
    net.hybridize()
    with pytest.warns(UserWarning, match=r"keeper\.last.*net is hybridized.*every call") as caught:
        for i in range(12):
            same(net(nd.ones((2,)) * i), [2 * i + 1, 2 * i + 1])
            same(net[0].last, [2 * i, 2 * i])
    assert len(caught) == 1
    net.summary(nd.ones((2,)))
