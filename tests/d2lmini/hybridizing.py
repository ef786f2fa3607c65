"""Nets that the tests hybridize, and what is compared of them."""

import numpy

from d2lmini import autograd, nd, nn

LAYERS = {
    "dense": lambda: nn.Dense(3),
    "relu dense": lambda: nn.Dense(4, activation="relu"),
    "sigmoid dense": lambda: nn.Dense(2, activation="sigmoid"),
    "no bias": lambda: nn.Dense(3, use_bias=False),
    "tanh": lambda: nn.Activation("tanh"),
    "softrelu": lambda: nn.Activation("softrelu"),
    "softsign": lambda: nn.Activation("softsign"),
    "dropout": lambda: nn.Dropout(0.4),
    "batch norm": lambda: nn.BatchNorm(),
    "layer norm": lambda: nn.LayerNorm(),
    "flatten": lambda: nn.Flatten(),
    "identity": lambda: nn.Identity(),
    "lambda": lambda: nn.HybridLambda(lambda F, x: F.exp(-x) + x.mean(axis=1, keepdims=True)),
    "residual": lambda: Residual(),
    "parallel": lambda: parallel(),
    "tied": lambda: Tied(),
}


class Residual(nn.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = nn.Dense(3, activation="tanh")
        self.way_in = nn.Dense(3)

    def hybrid_forward(self, F, x):
        x = self.way_in(x)
        return F.relu(self.inner(x) + x)


class Tied(nn.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(2, 2))
            self.way_in = nn.Dense(2)

    def hybrid_forward(self, F, x, *, weight):
        x = self.way_in(x)
        return F.dot(F.dot(x, weight), weight) * 0.5


def parallel():
    net = nn.HybridConcurrent(axis=1)
    net.add(nn.Dense(2), nn.Dense(1, activation="relu"))
    return net


def net_of(names):
    net = nn.HybridSequential()
    net.add(*(LAYERS[name]() for name in names))
    return net


def learned(net):
    return [p for p in net.collect_params().values() if p.grad_req != "null"]


def run(net, inputs, seed=5, train=True):
    """Outputs and gradients of the sum of several calls within one record."""
    nd.random.seed(seed)
    for x in inputs:
        x.attach_grad()
    with autograd.record(train_mode=train):
        outputs = [net(x) for x in inputs]
        loss = sum((y * y).sum() for y in outputs)
    loss.backward()
    grads = [x.grad.asnumpy() for x in inputs] + [p.grad().asnumpy() for p in learned(net)]
    state = [p.data().asnumpy() for p in net.collect_params().values()]
    return [y.asnumpy() for y in outputs], grads, state


def assert_same(one, other):
    for ours, theirs in zip(one, other, strict=True):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            numpy.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


X = nd.array([[1.0, -2.0, 3.0, 0.5, 1.5], [0.0, 1.0, -1.0, 2.0, 1.0]])
