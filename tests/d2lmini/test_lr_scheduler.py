"""Learning-rate schedulers: rates computed by hand, alone and in a trainer."""

import math

import pytest

import d2lmini as mx
from d2lmini import autograd, gluon, lr_scheduler, nd, optimizer
from d2lmini.gluon import nn

HALF_WAY = (1 + math.cos(math.pi / 4)) / 2


def weight():
    """Return a layer that computes the product with its weight, which is 0."""
    layer = nn.Dense(1, use_bias=False, in_units=1)
    layer.initialize("zeros")
    return layer


def descend(layer, trainer):
    """Take a step along the gradient 1, and return how far it went."""
    before = layer.weight.data().item()
    with autograd.record():
        loss = layer(nd.ones((1, 1)))
    loss.backward()
    trainer.step(1)
    return before - layer.weight.data().item()


@pytest.mark.parametrize(
    ("scheduler", "rates"),  # for the updates 0, 1, 2 and so on
    [
        (lr_scheduler.FactorScheduler(2, 0.5, base_lr=8), [8, 8, 8, 4, 4, 2, 2, 1]),
        (lr_scheduler.FactorScheduler(1, 0.1, 0.05, base_lr=1), [1, 1, 0.1, 0.05, 0.05]),
        (lr_scheduler.FactorScheduler(3), [0.01] * 8),
        (lr_scheduler.MultiFactorScheduler([1, 3, 4], 0.5, 8), [8, 8, 4, 4, 2, 1, 1]),
        (lr_scheduler.MultiFactorScheduler(step=(2,), factor=0.5), [0.01, 0.01, 0.01, 0.005]),
        (lr_scheduler.PolyScheduler(4, 16), [16, 9, 4, 1, 0, 0]),
        (lr_scheduler.PolyScheduler(4, 5, 1, 1), [5, 4, 3, 2, 1, 1]),
        (lr_scheduler.CosineScheduler(4, 3, 1), [3, 1 + 2 * HALF_WAY, 2, 3 - 2 * HALF_WAY, 1, 1]),
        # Warming up: linear from warmup_begin_lr, or constant there; the way down is then shorter.
        (lr_scheduler.CosineScheduler(5, 3, 1, warmup_steps=1), [0, 3, 1 + 2 * HALF_WAY, 2]),
        (lr_scheduler.FactorScheduler(2, 0.5, base_lr=8, warmup_steps=2), [0, 4, 8, 4, 4, 2]),
        (lr_scheduler.PolyScheduler(4, 9, warmup_steps=2, warmup_begin_lr=1), [1, 5, 9, 2.25, 0]),
        (lr_scheduler.PolyScheduler(3, 9, warmup_steps=3), [0, 3, 6, 9, 9]),
        (
            lr_scheduler.MultiFactorScheduler(
                [3], 0.5, 8, warmup_steps=2, warmup_begin_lr=1, warmup_mode="constant"
            ),
            [1, 1, 8, 8, 4],
        ),
    ],
)
def test_rates(scheduler, rates):
    last = len(rates) - 1
    assert scheduler(last) == pytest.approx(rates[-1])  # without having been asked for the others
    # A plot asks for all rates before training does.
    assert [scheduler(n) for n in range(last + 1)] == pytest.approx(rates)


@pytest.mark.parametrize("momentum", [0, 0.5])
def test_a_trainer_asks_its_scheduler_before_each_step(momentum):
    layer = weight()
    scheduler = mx.lr_scheduler.MultiFactorScheduler(step=[2, 3], factor=0.5, base_lr=4)
    settings = {"lr_scheduler": scheduler, "momentum": momentum}
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
    velocity = 0
    for number, rate in enumerate([4, 4, 2, 1, 1], 1):
        velocity = momentum * velocity + rate
        assert descend(layer, trainer) == velocity
        assert trainer.optimizer.num_update == number
        assert trainer.learning_rate == trainer.optimizer.learning_rate == rate
    layer.weight.lr_mult = 3
    assert descend(layer, trainer) == momentum * velocity + 3


def test_a_rate_that_its_scheduler_determines_is_not_set():
    layer = weight()
    scheduler = lr_scheduler.FactorScheduler(1, 0.5, base_lr=4)
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"lr_scheduler": scheduler})
    with pytest.raises(UserWarning, match="lr_scheduler determines the learning rate"):
        trainer.set_learning_rate(1)
    assert descend(layer, trainer) == 4
    trainer.optimizer.lr_scheduler = None
    trainer.set_learning_rate(1)
    assert descend(layer, trainer) == 1


def test_a_learning_rate_replaces_that_of_a_scheduler():
    for name, given, rate in (("sgd", {"learning_rate": 2}, 2), ("adam", {}, 0.001)):
        scheduler = lr_scheduler.FactorScheduler(1, 0.5, base_lr=4)
        with pytest.warns(UserWarning, match=rf"learning_rate={rate} replaces base_lr=4"):
            optimizer.create(name, lr_scheduler=scheduler, **given)
        assert [scheduler(n) for n in (0, 2)] == [rate, rate / 2]
    alike = optimizer.SGD(4, lr_scheduler=lr_scheduler.FactorScheduler(1, base_lr=4))
    assert alike.lr == 4


def test_any_function_of_the_number_of_updates_is_a_scheduler():
    class InverseRoot(mx.lr_scheduler.LRScheduler):
        def __call__(self, num_update):
            return self.base_lr * num_update**-0.5  # never asked about update 0

    layer = weight()
    settings = {"lr_scheduler": InverseRoot(8), "begin_num_update": 3}
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
    assert descend(layer, trainer) == 4
    settings = {"lr_scheduler": lambda num_update: 2.0**num_update, "learning_rate": 1}
    trainer = gluon.Trainer(layer.collect_params(), "sgd", settings)
    assert [descend(layer, trainer) for _ in range(2)] == [2, 4]


def test_a_trainer_goes_on_where_it_was_saved(tmp_path):
    layer = weight()

    def new():
        scheduler = lr_scheduler.FactorScheduler(2, 0.5, base_lr=8)
        return gluon.Trainer(layer.collect_params(), "sgd", {"lr_scheduler": scheduler})

    trainer, resumed = new(), new()
    assert [descend(layer, trainer) for _ in range(4)] == [8, 8, 4, 4]
    trainer.save_states(tmp_path / "states")
    resumed.load_states(tmp_path / "states")
    assert (resumed.optimizer.num_update, resumed.learning_rate) == (4, 4)
    assert descend(layer, resumed) == 2


def test_steps_that_update_nothing_are_not_counted():
    layer = weight()
    trainer = gluon.Trainer(layer.collect_params(), "sgd")
    trainer.step(1, ignore_stale_grad=True)
    assert trainer.optimizer.num_update == 0
    descend(layer, trainer)
    assert trainer.optimizer.num_update == 1


@pytest.mark.parametrize(
    ("scheduler", "settings", "message"),
    [
        ("LRScheduler", {"warmup_begin_lr": 2}, "for 0 updates from 2 to base_lr=0.01"),
        ("LRScheduler", {"warmup_steps": -1}, "for -1 updates .* not raise"),
        ("LRScheduler", {"warmup_mode": "cubic"}, "'linear' or 'constant', not 'cubic'"),
        ("FactorScheduler", {"step": 0}, "step must be at least 1 update, but is 0"),
        ("FactorScheduler", {"step": 1, "factor": 2}, "factor must be at most 1, .* is 2"),
        ("MultiFactorScheduler", {"step": [2], "factor": 2}, "factor must be at most 1"),
        ("MultiFactorScheduler", {"step": 5}, "ascending .* but is 5"),
        ("MultiFactorScheduler", {"step": []}, r"ascending .* but is \[\]"),
        ("MultiFactorScheduler", {"step": [5, 3]}, r"ascending .* but is \[5, 3\]"),
        ("MultiFactorScheduler", {"step": [0, 3]}, r"above 0, but is \[0, 3\]"),
        ("PolyScheduler", {"max_update": 0}, "max_update must be at least 1, but is 0"),
        ("CosineScheduler", {"max_update": 0}, "max_update must be at least 1"),
    ],
)
def test_settings_that_make_no_schedule(scheduler, settings, message):
    with pytest.raises(ValueError, match=message):
        getattr(lr_scheduler, scheduler)(**settings)


def test_a_scheduler_must_say_what_the_rate_is():
    scheduler = lr_scheduler.LRScheduler(1, warmup_steps=2)
    assert scheduler(1) == 0.5
    with pytest.raises(NotImplementedError, match=r"must define __call__\(self, num_update\)"):
        scheduler(2)


@pytest.mark.parametrize("scheduler", ["cosine", lr_scheduler.FactorScheduler, 0.1])
def test_what_is_no_scheduler(scheduler):
    with pytest.raises(TypeError, match=r"such as lr_scheduler.CosineScheduler\(max_update=100\)"):
        optimizer.SGD(lr_scheduler=scheduler)
