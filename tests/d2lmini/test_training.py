"""Losses, trainer, data and utilities: a net learns."""

import gc
import tracemalloc

import numpy
import pytest

from d2lmini import MXNetError, autograd, gluon, nd, nn, npx, optimizer, random, saving
from d2lmini.errors import ShapeError
from d2lmini.gluon import data as gdata, loss as gloss, utils

PRED = nd.array([[1.0, -2.0], [0.5, 3.0]])
LABEL = nd.array([[0.0, -2.5], [1.0, 0.0]])


def close(array, expected):
    numpy.testing.assert_allclose(array.asnumpy(), expected, rtol=1e-5, atol=1e-7)


def test_regression_losses():
    close(gloss.L2Loss()(PRED, LABEL), [(1 + 0.25) / 4, (0.25 + 9) / 4])
    close(gloss.L1Loss()(PRED, LABEL), [0.75, 1.75])
    close(gloss.HuberLoss()(PRED, LABEL), [(0.5 + 0.125) / 2, (0.125 + 2.5) / 2])
    close(gloss.L2Loss(weight=2)(PRED, LABEL, nd.array([[1], [0]])), [(1 + 0.25) / 2, 0])
    close(gloss.L2Loss()(PRED[:, 0], LABEL[:, 0]), [0.5, 0.125])
    with pytest.raises(ShapeError, match=r"stretch losses of shape \(2, 1\) .* in .* \(2, 1\)"):
        gloss.L2Loss()(PRED[:, :1], LABEL[:, :1], nd.array([1, 0]))
    with pytest.raises(ShapeError, match=r"one factor, in the shape \(2,\)"):
        gloss.L2Loss()(PRED[:, 0], LABEL[:, 0], nd.array([[1], [0]]))
    close(gloss.L1Loss(batch_axis=1)(PRED, LABEL), [0.75, 1.75])
    with pytest.raises(ValueError, match="rho must be a positive number, not -1"):
        gloss.HuberLoss(rho=-1)


def test_cross_entropy_losses():
    probabilities = nd.softmax(PRED).asnumpy()
    expected = -numpy.log(probabilities[[0, 1], [1, 0]])
    label = nd.array([1, 0])
    close(gloss.SoftmaxCrossEntropyLoss()(PRED, label), expected)
    close(gloss.SoftmaxCELoss(from_logits=True)(nd.log_softmax(PRED), label), expected)
    close(gloss.SoftmaxCELoss(sparse_label=False)(PRED, nd.one_hot(label, 2)), expected)
    pictures = PRED.reshape((2, 2, 1)) * nd.ones((2, 2, 3))  # classes on the axis before the last
    labels = label.reshape((2, 1)) * nd.ones((2, 3))
    close(gloss.SoftmaxCELoss(axis=1)(pictures, labels), expected)
    close(gloss.SoftmaxCELoss()(PRED, label, nd.array([[2], [0]])), [2 * expected[0], 0])
    for axis in (1, -2):  # the axis of the examples, in predictions of shape (class, example, step)
        loss = gloss.SoftmaxCELoss(axis=0, batch_axis=axis)
        close(loss(pictures.transpose((1, 0, 2)), labels), expected)
    probability = 1 / (1 + numpy.exp(-PRED.asnumpy()))
    yes = nd.array([[1, 0], [0, 1]])
    expected = -(yes.asnumpy() * numpy.log(probability))
    expected -= (1 - yes.asnumpy()) * numpy.log(1 - probability)
    close(gloss.SigmoidBCELoss()(PRED, yes), expected.mean(1))
    close(gloss.SigmoidBCELoss(from_sigmoid=True)(nd.sigmoid(PRED), yes), expected.mean(1))
    weighted = expected * numpy.where(yes.asnumpy(), 3, 1)
    close(gloss.SigmoidBCELoss()(PRED, yes, None, nd.array([3])), weighted.mean(1))


def test_sgd_takes_the_steps_of_the_formula():
    def steps(**settings):
        layer = nn.Dense(1, use_bias=False, in_units=1, weight_initializer="ones")
        layer.initialize()
        trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
        values = []
        for _ in range(2):
            with autograd.record():
                loss = layer(nd.array([[2.0], [2.0]])).sum()
            loss.backward()
            trainer.step(2)
            values.append(layer.weight.data().item())
        return values

    assert steps(learning_rate=0.1) == pytest.approx([0.8, 0.6])
    assert steps(learning_rate=0.1, momentum=0.5) == pytest.approx([0.8, 0.8 - 0.1 - 0.2])
    assert steps(learning_rate=0.1, wd=1) == pytest.approx([0.7, 0.7 - 0.27])
    assert steps(learning_rate=0.1, clip_gradient=1) == pytest.approx([0.9, 0.8])
    assert steps(learning_rate=0.1, clip_gradient=-1) == steps(learning_rate=0.1)  # no clipping
    assert steps(learning_rate=0.1, rescale_grad=0.5) == pytest.approx([0.9, 0.8])


def test_adam_takes_a_first_step_of_the_learning_rate():
    layer = nn.Dense(1, use_bias=False, in_units=1, weight_initializer="ones")
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "adam", {"learning_rate": 0.25})
    with autograd.record():
        loss = layer(nd.array([[5.0]]))
    loss.backward()
    trainer.step(1)
    assert layer.weight.data().item() == pytest.approx(0.75)


def test_sgd_decays_beyond_the_clipped_gradient_and_adam_within_it():
    gradient = nd.array([0.5, -9])
    sgd = optimizer.SGD(1, clip_gradient=1, momentum=0.5, wd=0.5)
    state = sgd.create_state(0, nd.full((2,), 3))
    sgd.update(0, nd.full((2,), 3), gradient, state)
    assert state.tolist() == [-2, -0.5]
    adam = optimizer.Adam(1, clip_gradient=1, wd=0.5)
    mean, variance = adam.create_state(0, nd.full((2,), 3))
    adam.update(0, nd.full((2,), 3), gradient, (mean, variance))
    close(mean, [0.1, -0.1])


def test_multipliers_learning_rate_and_arguments():
    layer = nn.Dense(1, in_units=1, weight_initializer="ones")
    layer.initialize()
    layer.weight.lr_mult = 0
    trainer = gluon.Trainer(list(layer.collect_params().values()), optimizer.SGD(1.0))
    trainer.optimizer.lr = 0.25
    assert trainer.learning_rate == 0.25
    trainer.set_learning_rate(0.5)
    assert trainer.learning_rate == 0.5 and trainer.optimizer.lr == 0.5
    trainer.allreduce_grads()
    with autograd.record():
        layer(nd.array([[1.0]])).backward()
    trainer.update(1)
    assert (layer.weight.data().item(), layer.bias.data().item()) == (1, -0.5)
    with pytest.raises(ValueError, match="sgd"):
        gluon.Trainer(layer.collect_params(), "sdg")
    with pytest.raises(TypeError, match="learnig_rate"):
        gluon.Trainer(layer.collect_params(), "sgd", {"learnig_rate": 1})
    with pytest.raises(ValueError, match="collect_params"):
        gluon.Trainer([layer], "sgd")
    with pytest.raises(NotImplementedError):
        optimizer.Optimizer().update(0, None, None, None)


class Signs(optimizer.Optimizer):
    """As programs for Gluon write an optimizer: steps of equal size, and their running sum."""

    def create_state(self, index, weight):
        return nd.zeros(weight.shape, weight.context, dtype=weight.dtype, stype=weight.stype)

    def update(self, index, weight, grad, state):
        self._update_count(index)
        step = self._get_lr(index) * grad.sign() + self._get_wd(index) * weight
        state += step
        weight[:] -= state


def test_an_optimizer_of_ones_own(tmp_path):
    assert optimizer.Optimizer.register(Signs) is Signs
    layer = nn.Dense(1, in_units=1, weight_initializer="ones")
    layer.initialize()
    layer.bias.lr_mult = 2

    def trainer():
        return gluon.Trainer(layer.collect_params(), "signs", {"learning_rate": 0.25, "wd": 0.5})

    first, resumed = trainer(), trainer()
    for steps in (first, first, resumed):
        with autograd.record():
            layer(nd.array([[8.0]])).backward()
        steps.step(1)
        first.save_states(tmp_path / "states")
        resumed.load_states(tmp_path / "states")
    assert resumed.optimizer.num_update == 2  # as in the file
    assert (layer.weight.data().item(), layer.bias.data().item()) == (-1.8125, -1.875)


@pytest.mark.parametrize("state", [{}, numpy.zeros(1), (nd.zeros(1), 1)])
def test_a_state_that_cannot_be_saved_is_refused(state, tmp_path):
    class Keeping(optimizer.Optimizer):
        def create_state(self, index, weight):
            return state

        def update(self, index, weight, grad, state):
            self._update_count(index)

    layer = nn.Dense(1, in_units=1)
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), Keeping())
    with autograd.record():
        layer(nd.ones((1, 1))).backward()
    trainer.step(1)
    with pytest.raises(TypeError, match=r"Keeping holds a value of type \w+, which cannot"):
        trainer.save_states(tmp_path / "states")


def test_trainers_share_an_optimizer():
    layers = [nn.Dense(1, in_units=1, weight_initializer="ones", use_bias=False) for _ in "ab"]
    adam = optimizer.Adam(0.125)
    for layer in layers:
        layer.initialize()
    layers[1].weight.lr_mult = 2
    trainers = [gluon.Trainer(layer.collect_params(), adam) for layer in layers]
    for _ in range(2):
        with autograd.record():
            total = layers[0](nd.ones((1, 1))) + layers[1](nd.ones((1, 1)))
        total.backward()
        for trainer in trainers:
            trainer.step(1)
    assert adam.num_update == 2
    for layer, value in zip(layers, (0.75, 0.5), strict=True):
        close(layer.weight.data(), [[value]])


def test_a_trainer_takes_over_an_optimizer_that_has_made_steps():
    sgd = optimizer.SGD(0.5)
    for _ in range(2):
        layer = nn.Dense(1, in_units=1, use_bias=False, weight_initializer="ones")
        layer.initialize()
        trainer = gluon.Trainer(layer.collect_params(), sgd)
        with autograd.record():
            layer(nd.array([[4]])).backward()
        trainer.step(4)
        close(layer.weight.data(), [[0.5]])


def test_a_detached_gradient_is_stale():
    layer = nn.Dense(1, in_units=1)
    layer.initialize()
    trainer = gluon.Trainer(layer.collect_params(), "sgd")
    layer.weight.data().attach_grad("null")
    with autograd.record():
        layer(nd.ones((1, 1))).backward()
    with pytest.raises(UserWarning, match=layer.weight.name):
        trainer.step(1)
    trainer.step(1, ignore_stale_grad=True)


@pytest.mark.parametrize("name, rate", [("sgd", 1e-4), ("adam", 1e-4), ("signs", 1e-6)])
def test_multi_precision_adds_up_steps_that_16_bits_are_too_few_for(name, rate, tmp_path):
    settings = {"learning_rate": rate, "multi_precision": True}
    layers, trainers = [], []
    for dtype in ("float16", "float32"):
        layers.append(nn.Dense(1, in_units=1, weight_initializer="ones", dtype=dtype))
        layers[-1].initialize()
        trainers.append(gluon.Trainer(layers[-1].collect_params(), name, settings))
    for i in range(60):
        for layer, trainer in zip(layers, trainers, strict=True):
            with autograd.record():
                y = layer(nd.ones((1, 1), dtype=layer.weight.dtype))
            y.backward()
            trainer.step(1)
            if i == 20:
                layer.weight.set_data(nd.array([[2]]))
        if i == 40:
            trainers[0].save_states(tmp_path / "states")
            trainers[0] = gluon.Trainer(layers[0].collect_params(), name, settings)
            trainers[0].load_states(tmp_path / "states")
    with autograd.record():
        layers[0](nd.ones((1, 1), dtype="float16")).backward()
        trainers[0].step(1e6)
    half, single = (layer.weight.data().asscalar() for layer in layers)
    assert half.dtype == numpy.float16 and half == single.astype(numpy.float16) < 2


@pytest.mark.parametrize("modern", [False, True])
def test_multi_precision_tells_of_a_cast_between_steps(modern):
    npx.set_np(array=modern)
    dtypes = ("float32", "float16") if modern else ("float16", "float32")
    layer = nn.Dense(2, in_units=2)
    layer.initialize()
    settings = {"momentum": 0.5, "multi_precision": True}
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)

    def step(dtype):
        layer.cast(dtype)
        with autograd.record():
            y = layer(nd.ones((1, 2), dtype=dtype))
        y.backward()
        trainer.step(1)

    step(dtypes[0])
    with pytest.raises(MXNetError, match="make a new Trainer after a cast"):
        step(dtypes[1])


def test_optimizers_are_driven_by_hand():
    weight, gradient = nd.ones((2,)), nd.array([1, -2])
    sgd = optimizer.create("sgd", learning_rate=0.5, momentum=0.5)
    state = sgd.create_state(0, weight)
    for _ in range(2):
        sgd.update(0, weight, gradient, state)
    assert weight.tolist() == [1 - 0.5 - 0.75, 1 + 1 + 1.5]
    update = optimizer.get_updater(optimizer.Adam(0.25))
    update("weight", gradient, weight)
    close(weight, [-0.5, 3.75])
    assert sgd.num_update == 2 and update.optimizer.num_update == 1


def test_a_training_loop_does_not_grow():
    net = nn.Dense(10, in_units=20)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1, "momentum": 0.9})
    x = nd.ones((4, 20))

    def steps(count):
        for _ in range(count):
            with autograd.record():
                loss = (net(x) ** 2).mean()
            loss.backward()
            trainer.step(4)
        return tracemalloc.get_traced_memory()[0]

    gc.disable()  # what is dropped has to go by itself
    tracemalloc.start()
    try:
        before = steps(1000)  # Python itself keeps some memory at hand, once
        assert steps(1000) - before < 2000
    finally:
        tracemalloc.stop()
        gc.enable()


def trained(steps, states=None, start=None):
    """A net and its trainer after some Adam steps, perhaps from where they were saved."""
    random.seed(1)
    net = nn.Dense(2, in_units=3)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.1})
    if start is not None:
        net.load_parameters(start)
        trainer.load_states(states)
    for _ in range(steps):
        with autograd.record():
            loss = (net(nd.ones((4, 3))) ** 2).sum()
        loss.backward()
        trainer.step(4)
    return net, trainer


def test_training_goes_on_where_it_was_saved(tmp_path):
    net, trainer = trained(3)
    net.save_parameters(tmp_path / "net")
    trainer.save_states(tmp_path / "trainer")
    resumed, _ = trained(2, tmp_path / "trainer", tmp_path / "net")
    straight, _ = trained(5)
    close(resumed.weight.data(), straight.weight.data().asnumpy())
    with pytest.raises(MXNetError, match="2 parameters, but this one has 1"):
        gluon.Trainer([net.weight], "adam").load_states(tmp_path / "trainer")
    with pytest.raises(MXNetError, match="does not fit"):
        gluon.Trainer(net.collect_params(), "sgd").load_states(tmp_path / "trainer")
    settings = '{"parameters": 2, "learning_rate": 0.1, "num_update": 3}'
    saving.write(tmp_path / "older", {}, {"trainer": settings})
    with pytest.raises(MXNetError, match="older: the file was written by an older d2lmini"):
        trainer.load_states(tmp_path / "older")


def test_array_datasets():
    images, labels = nd.arange(12).reshape((6, 2)), nd.arange(6)
    dataset = gdata.ArrayDataset(images, labels)
    image, label = dataset[2]
    assert (len(dataset), image.tolist(), label) == (6, [4, 5], 2)
    assert gdata.ArrayDataset([3, 4])[1] == 4
    doubled = dataset.transform_first(lambda image: image * 2)
    assert doubled[1][0].tolist() == [4, 6] and len(doubled) == 6
    sums = dataset.transform(lambda image, label: image.sum().item() + label, lazy=False)
    assert sums[1] == 6
    assert gdata.SimpleDataset([1, 2]).transform(lambda x: -x)[1] == -2
    assert gdata.SimpleDataset([1]).transform_first(lambda x: -x)[0] == -1
    with pytest.raises(AssertionError, match=r"\[2, 3\]"):
        gdata.ArrayDataset([1, 2], [1, 2, 3])
    for missing in (gdata.Dataset().__len__, lambda: gdata.Dataset()[0]):
        with pytest.raises(NotImplementedError, match="must define"):
            missing()


DATASET = gdata.ArrayDataset(nd.arange(10).reshape((5, 2)), nd.arange(5))


@pytest.mark.parametrize(
    "last_batch, lengths, count",
    [("keep", [2, 2, 1], 3), ("discard", [2, 2], 2), ("rollover", [2, 2], 2)],
)
def test_batches(last_batch, lengths, count):
    loader = gdata.DataLoader(DATASET, 2, last_batch=last_batch)
    assert len(loader) == count
    batches = list(loader)
    assert [len(labels) for _, labels in batches] == lengths
    assert batches[0][0].tolist() == [[0, 1], [2, 3]]
    if last_batch == "rollover":
        assert [labels.tolist() for _, labels in loader] == [[4, 0], [1, 2], [3, 4]]


def test_shuffled_batches_are_a_new_permutation_each_time():
    loader = gdata.DataLoader(DATASET, 5, shuffle=True)
    orders = [labels.tolist() for _ in range(4) for _, labels in loader]
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders)
    assert len({tuple(order) for order in orders}) > 1


def test_examples_are_stacked_one_by_one_where_they_must():
    loader = gdata.DataLoader(DATASET.transform_first(lambda image: image + 1), 3)
    images, labels = next(iter(loader))
    assert images.tolist() == [[1, 2], [3, 4], [5, 6]] and labels.tolist() == [0, 1, 2]
    assert next(iter(gdata.DataLoader([1.5, 2.5], 2))).tolist() == [1.5, 2.5]
    rows = gdata.ArrayDataset([[1, 2], [3, 4]], [0, 1])  # only tuples have parts
    assert [x.tolist() for x in next(iter(gdata.DataLoader(rows, 2)))] == [[[1, 2], [3, 4]], [0, 1]]
    assert list(gdata.DataLoader([1, 2], 1, batchify_fn=lambda batch: batch)) == [[1], [2]]
    assert next(iter(gdata.DataLoader(gdata.ArrayDataset(nd.ones((2, 3))), 2))).shape == (2, 3)
    order = gdata.DataLoader([5, 6], 1, sampler=gdata.SequentialSampler(2))
    assert [batch.item() for batch in order] == [5, 6]
    held_out = gdata.DataLoader([5, 6, 7, 8], 2, sampler=gdata.SequentialSampler(2, start=2))
    assert [batch.tolist() for batch in held_out] == [[7, 8]] and len(held_out) == 1
    assert [b.tolist() for b in gdata.DataLoader([5, 6], batch_sampler=[[1, 0]])] == [[6, 5]]


def test_a_sampler_that_starts_afresh_in_each_epoch():
    class Downward(gdata.Sampler):
        def __len__(self):
            return 2

        def __iter__(self):
            self.left = 2
            return self

        def __next__(self):
            if not self.left:
                raise StopIteration
            self.left -= 1
            return self.left

    loader = gdata.DataLoader([5, 6], 1, sampler=Downward())
    for _ in range(2):
        assert [batch.tolist() for batch in loader] == [[6], [5]]


def test_contradicting_arguments():
    for batch_size in (None, 0, -1, 2.5):
        with pytest.raises(ValueError, match=f"batch_size must be .*, not {batch_size}"):
            gdata.DataLoader(DATASET, batch_size)
    with pytest.raises(ValueError, match="leave out shuffle"):
        gdata.DataLoader(DATASET, 2, shuffle=True, sampler=gdata.RandomSampler(5))
    with pytest.raises(ValueError, match="batch_sampler"):
        gdata.DataLoader(DATASET, 2, batch_sampler=[[0]])
    with pytest.raises(ValueError, match="last_batch"):
        gdata.DataLoader(DATASET, 2, last_batch="drop")


def test_digits_are_learned():
    train, test = gdata.vision.Digits(), gdata.vision.Digits(train=False)
    assert (len(train), len(test)) == (1498, 299)
    image, label = train[0]
    assert (
        image.shape == (8, 8) and label == 0 and 0 <= image.min().item() <= image.max().item() <= 1
    )
    net = nn.Sequential()
    net.add(nn.Dense(64, activation="relu"), nn.Dense(10))
    net.initialize(init="xavier")
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.01})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(20):
        for images, labels in gdata.DataLoader(train, 64, shuffle=True):
            with autograd.record():
                value = loss(net(images), labels)
            value.backward()
            trainer.step(len(images))
    images, labels = next(iter(gdata.DataLoader(test, len(test))))
    assert (net(images).argmax(axis=1) == labels).mean().asscalar() > 0.95


def test_a_layer_that_no_forward_calls_is_told_of_by_the_trainer():
    net = nn.Dense(1)
    net.forgotten = nn.Dense(1)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd")
    with autograd.record():
        loss = net(nd.ones((1, 2)))
    loss.backward()
    with pytest.raises(gluon.DeferredInitializationError) as caught:
        trainer.step(1)
    assert net.forgotten.weight.name in str(caught.value)
    assert caught.value.__notes__[0].startswith("has no forward called its layer?")


@pytest.mark.parametrize("modern", [False, True])
def test_shuffling_a_data_set_leaves_what_is_drawn_later_unchanged(modern):
    npx.set_np(array=modern)
    drawn = []
    for epochs in (0, 2, 2):
        random.seed(5)
        loader = gdata.DataLoader(list(range(99)), 99, shuffle=True)
        orders = [batch.tolist() for _ in range(epochs) for batch in loader]
        drawn.append((orders, random.uniform(size=(2, 3)).tolist()))
    (_, plain), (orders, after), (again, _) = drawn
    assert plain == after
    assert orders == again and orders[0] != orders[1]
    assert sorted(orders[0]) == list(range(99))


def test_split_data():
    x = nd.arange(10).reshape((5, 2))
    for count in (2, 3, 4):
        parts = utils.split_data(x, count, even_split=False)
        wanted = numpy.array_split(x.asnumpy(), count)
        assert [part.tolist() for part in parts] == [part.tolist() for part in wanted]
    assert utils.split_data(x, 1)[0] is x
    assert utils.split_and_load(x.asnumpy(), [None])[0].shape == (5, 2)
    assert utils.split_and_load(x, [None] * 2, batch_axis=1)[1].tolist() == [
        [1],
        [3],
        [5],
        [7],
        [9],
    ]
    with pytest.raises(ValueError, match="even_split=False"):
        utils.split_data(x, 2)
    with pytest.raises(ValueError, match="6 slices"):
        utils.split_data(x, 6)


def test_clip_global_norm():
    arrays = [nd.array([3.0]), nd.array([4.0])]
    assert utils.clip_global_norm(arrays, 10) == 5
    assert utils.clip_global_norm(arrays, 1) == 5
    assert [x.item() for x in arrays] == pytest.approx([0.6, 0.8])
    with pytest.warns(UserWarning, match="not finite"):
        utils.clip_global_norm([nd.array([numpy.inf])], 1)
    layer = nn.Dense(2, in_units=2, weight_initializer="ones")
    layer.initialize()
    assert utils.clip_global_norm([layer.weight.data().reshape(-1)], 1) == 2
    assert layer.weight.data().tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_random_numbers():
    random.seed(7)
    first = nd.random.uniform(shape=(3,)).tolist()
    random.seed(7)
    assert nd.random.uniform(shape=(3,)).tolist() == first
    draws = nd.random.randint(2, 5, shape=(100,))
    assert set(draws.tolist()) == {2, 3, 4} and draws.dtype == numpy.int32
    assert set(nd.random.randint(2, shape=100).tolist()) == {0, 1}
    with pytest.raises(ValueError, match="low < high"):
        nd.random.randint(5, 5)
    assert sorted(nd.random.shuffle(nd.arange(5)).tolist()) == [0, 1, 2, 3, 4]
    assert sorted(nd.shuffle(nd.arange(5)).tolist()) == [0, 1, 2, 3, 4]
    assert nd.random.randn(2, 3).shape == (2, 3)
    assert set(random.bernoulli(0.3, 100).tolist()) == {0, 1}
    each = random.bernoulli(nd.full((200,), 0.5)).tolist()
    assert len(each) == 200 and set(each) == {0, 1}, "every element has a draw of its own"
    assert sorted(random.choice(4, 4, replace=False).tolist()) == [0, 1, 2, 3]
    assert set(random.choice(nd.array([5, 7]), 50, p=[0, 1]).tolist()) == {7}
    pairs = [random.choice(3, 2, replace=False, p=[0.6, 0.4, 0]).tolist() for _ in range(400)]
    assert 0.5 < sum(pair == [0, 1] for pair in pairs) / 400 < 0.7
    assert all(sorted(pair) == [0, 1] for pair in pairs)
    for wrong in ([0.5, 0.5], [0.1, 0.1, 0.1], [2, -1, 0]):
        with pytest.raises(ValueError, match="3 probabilities that add up to 1"):
            random.choice(3, p=wrong)
    with pytest.raises(ValueError, match="2 probabilities that add up to 1"):
        random.choice(2, p=[0.5, numpy.nan])
    with pytest.raises(ValueError, match="0 probabilities that add up to 1"):
        random.choice([])
    with pytest.raises(OverflowError, match="out of bounds for uint8"):
        nd.random.randint(0, 257, dtype="uint8")
    assert sorted(random.permutation(numpy.int64(5)).tolist()) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="2 of 1 elements cannot be drawn"):
        random.choice(3, 2, replace=False, p=[0, 1, 0])
    assert nd.random.uniform(nd.array([0, 10]), nd.array([1, 11])).asnumpy()[1] >= 10
    assert nd.random.normal(dtype="float64").dtype == numpy.float64
    assert nd.random.uniform(low=5, high=6).shape == (1,)
    out = nd.zeros((2,))
    assert nd.random.normal(out=out) is out and out.asnumpy().any()


def test_modern_shuffle_is_in_place(modern):
    x = nd.arange(100)
    assert random.shuffle(x) is None
    assert x.tolist() != list(range(100)) and sorted(x.tolist()) == list(range(100))
    numbers = list(range(100))
    random.shuffle(numbers)
    assert numbers != sorted(numbers) == list(range(100)) and type(numbers[0]) is int


def test_legacy_uniform_numbers_come_from_an_engine_for_each_block():
    whole = nd.random.uniform(shape=(200,)).asnumpy()
    assert len(set(whole[:50].tolist()) & set(whole[50:].tolist())) == 0
    for i in range(4):
        stream = numpy.random.MT19937()
        stream._legacy_seeding(i)
        expected = stream.random_raw(50).astype(numpy.uint32).astype("f") / numpy.float32(2**32)
        numpy.testing.assert_array_equal(whole[50 * i : 50 * i + 50], expected)
