"""The work to measure: the same computation in d2lmini, in plain NumPy and in PyTorch.

Each kind of work is a function that returns a callable for each contender, by name. They compute
the same results from the same numbers, which `tests/d2lmini/test_benchmarks.py` checks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from d2lmini import autograd, gluon, nd, nn
from d2lmini.models import FancyMLP

try:
    import torch
except ImportError:
    torch = None

Contenders = dict[str, Callable[[], Any]]


def contenders() -> dict[str, Contenders]:
    """Return every kind of work, with its contenders."""
    return {
        "MLP 2×20→256→10, forward": mlp(backward=False),
        "the same, forward + backward": mlp(backward=True),
        "training step 256×784→256→10": training_step(),
        "FancyMLP, forward": fancy(),
        "152 residual blocks of width 64, forward + backward": residual(),
    }


def weights_of(net: nn.Block) -> list[np.ndarray]:
    """Return the values of a net's parameters, row by row as is usual in NumPy."""
    return [np.array(p.data().asnumpy(), order="C") for p in net.collect_params().values()]


def perceptron(batch: int, width: int) -> tuple[nn.HybridSequential, np.ndarray]:
    """Return a multilayer perceptron and an input."""
    nd.random.seed(0)
    net = nn.HybridSequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    net.initialize()
    x = nd.random.uniform(shape=(batch, width))
    net(x)
    return net, x.asnumpy()


def twins(make: Callable[[], Any]) -> tuple[Any, Any]:
    """Return two equal nets, of which the second is hybridized."""
    eager, hybrid = make(), make()
    hybrid.hybridize()
    return eager, hybrid


def mlp(backward: bool) -> Contenders:
    """The chapter's perceptron on two examples."""
    x = perceptron(2, 20)[1]
    eager, hybrid = twins(lambda: perceptron(2, 20)[0])
    ours = nd.array(x)
    w1, b1, w2, b2 = weights_of(eager)

    def numpy_forward() -> np.ndarray:
        return np.maximum(x @ w1.T + b1, 0) @ w2.T + b2

    def numpy_both() -> list[np.ndarray]:
        h = np.maximum(x @ w1.T + b1, 0)
        y = h @ w2.T + b2
        g = np.ones_like(y)
        back = (g @ w2) * (h > 0)
        return [back.T @ x, back.sum(0), g.T @ h, g.sum(0)]

    def recorded(net: nn.Block) -> list[np.ndarray]:
        with autograd.record():
            y = net(ours)
        y.backward()
        return gradients(net)

    if not backward:
        found: Contenders = {
            "NumPy": numpy_forward,
            "eager": lambda: eager(ours),
            "hybridized": lambda: hybrid(ours),
        }
    else:
        gradients = gradients_of(eager, hybrid)
        found = {
            "NumPy": numpy_both,
            "eager": lambda: recorded(eager),
            "hybridized": lambda: recorded(hybrid),
        }
    if torch is not None:
        net, tensor = torch_perceptron([w1, b1, w2, b2]), torch.from_numpy(x)
        found["PyTorch"] = torch_both(net, tensor) if backward else torch_forward(net, tensor)
    return found


def gradients_of(*nets: nn.Block) -> Callable[[nn.Block], list[np.ndarray]]:
    """Return a function that gives the gradients of a net without copying them."""
    arrays = {net: [np.asarray(p.grad()) for p in net.collect_params().values()] for net in nets}
    return arrays.__getitem__


def training_step() -> Contenders:
    """Softmax cross-entropy and a step of stochastic gradient descent."""
    x = perceptron(256, 784)[1]
    labels = np.arange(256) % 10
    eager, hybrid = twins(lambda: perceptron(256, 784)[0])
    ours, our_labels = nd.array(x), nd.array(labels)
    plain = weights_of(eager)
    rows = np.arange(256)

    def numpy_step() -> list[np.ndarray]:
        w1, b1, w2, b2 = plain
        h = np.maximum(x @ w1.T + b1, 0)
        z = h @ w2.T + b2
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(1, keepdims=True)
        p[rows, labels] -= 1
        back = (p @ w2) * (h > 0)
        slopes = [back.T @ x, back.sum(0), p.T @ h, p.sum(0)]
        for weight, slope in zip(plain, slopes, strict=True):
            weight -= np.float32(0.1 / 256) * slope
        return plain

    def step_of(net: nn.HybridSequential, hybridize: bool) -> Callable[[], list[np.ndarray]]:
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        loss.hybridize(hybridize)
        parameters = net.collect_params()
        trainer = gluon.Trainer(parameters, "sgd", {"learning_rate": 0.1})
        arrays = [np.asarray(p.data()) for p in parameters.values()]

        def step() -> list[np.ndarray]:
            with autograd.record():
                value = loss(net(ours), our_labels)
            value.backward()
            trainer.step(256)
            return arrays

        return step

    found: Contenders = {
        "NumPy": numpy_step,
        "eager": step_of(eager, False),
        "hybridized": step_of(hybrid, True),
    }
    if torch is not None:
        found["PyTorch"] = torch_step(torch_perceptron(weights_of(eager)), x, labels)
    return found


def fancy() -> Contenders:
    """A forward with a loop and a condition, which cannot be hybridized."""
    nd.random.seed(0)
    net = FancyMLP()
    net.initialize()
    ours = nd.random.uniform(shape=(2, 20))
    net(ours)
    x = ours.asnumpy()
    w, b, c = (
        np.array(p.data().asnumpy(), order="C")
        for p in (net.dense.weight, net.dense.bias, net.rand_weight)
    )

    def numpy_forward() -> np.floating[Any]:
        h = np.maximum(x @ w.T + b, 0)
        h = np.maximum(h @ c + 1, 0)
        h = np.maximum(h @ w.T + b, 0)
        while np.linalg.norm(h) > 1:
            h /= 2
        if np.linalg.norm(h) < 0.8:
            h *= 10
        return h.sum()

    found: Contenders = {"NumPy": numpy_forward, "eager": lambda: net(ours)}
    if torch is not None:
        tensor, tw, tb, tc = (torch.from_numpy(array) for array in (x, w, b, c))

        def torch_forward() -> Any:
            with torch.no_grad():
                h = torch.relu(torch.nn.functional.linear(tensor, tw, tb))
                h = torch.relu(h @ tc + 1)
                h = torch.relu(torch.nn.functional.linear(h, tw, tb))
                while h.norm().item() > 1:
                    h /= 2
                if h.norm().item() < 0.8:
                    h *= 10
                return h.sum()

        found["PyTorch"] = torch_forward
    return found


class Residual(nn.HybridBlock):
    """A layer whose input is added to its output."""

    def __init__(self, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = nn.Dense(width, activation="relu", in_units=width)

    def forward(self, x: nd.NDArray) -> nd.NDArray:
        """Add the output of the layer to its input."""
        return x + self.layer(x)


def residual(depth: int = 152, width: int = 64, batch: int = 32) -> Contenders:
    """As many blocks as ResNet-152 has layers."""

    def tower() -> nn.HybridSequential:
        nd.random.seed(0)
        net = nn.HybridSequential()
        net.add(*(Residual(width) for _ in range(depth)))
        net.initialize()
        return net

    eager, hybrid = twins(tower)
    ours = nd.random.uniform(-0.1, 0.1, (batch, width))
    x = ours.asnumpy()
    plain = weights_of(eager)
    pairs = list(zip(plain[::2], plain[1::2], strict=True))
    gradients = gradients_of(eager, hybrid)

    def numpy_both() -> list[np.ndarray]:
        inputs, hidden = [x], []
        for w, b in pairs:
            hidden.append(np.maximum(inputs[-1] @ w.T + b, 0))
            inputs.append(inputs[-1] + hidden[-1])
        g = np.ones_like(x)
        slopes: list[np.ndarray] = []
        for (w, _), h, z in zip(pairs[::-1], hidden[::-1], inputs[-2::-1], strict=True):
            back = g * (h > 0)
            slopes[:0] = [back.T @ z, back.sum(0)]
            g = g + back @ w
        return slopes

    def recorded(net: nn.Block) -> list[np.ndarray]:
        with autograd.record():
            y = net(ours)
        y.backward()
        return gradients(net)

    found: Contenders = {
        "NumPy": numpy_both,
        "eager": lambda: recorded(eager),
        "hybridized": lambda: recorded(hybrid),
    }
    if torch is not None:
        found["PyTorch"] = torch_residual(plain, x)
    return found


# PyTorch ---------------------------------------------------------------------------------------
def torch_perceptron(weights: list[np.ndarray]) -> Any:
    """The perceptron with the given weights."""
    w1, _, w2, _ = weights
    net = torch.nn.Sequential(
        torch.nn.Linear(w1.shape[1], w1.shape[0]),
        torch.nn.ReLU(),
        torch.nn.Linear(w2.shape[1], w2.shape[0]),
    )
    with torch.no_grad():
        for parameter, weight in zip(net.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(weight))
    return net


def torch_forward(net: Any, x: Any) -> Callable[[], Any]:
    """The forward without gradients."""

    def forward() -> Any:
        with torch.no_grad():
            return net(x)

    return forward


def torch_both(net: Any, x: Any) -> Callable[[], Any]:
    """The forward and the backward; each call replaces the gradients."""
    parameters = list(net.parameters())

    def both() -> Any:
        for parameter in parameters:
            parameter.grad = None
        net(x).sum().backward()
        return [parameter.grad for parameter in parameters]

    return both


def torch_step(net: Any, x: np.ndarray, labels: np.ndarray) -> Callable[[], Any]:
    """A training step."""
    inputs, targets = torch.from_numpy(x), torch.from_numpy(labels)
    parameters = list(net.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    loss = torch.nn.CrossEntropyLoss()

    def step() -> Any:
        optimizer.zero_grad()
        loss(net(inputs), targets).backward()
        optimizer.step()
        return [parameter.detach() for parameter in parameters]

    return step


def torch_residual(weights: list[np.ndarray], x: np.ndarray) -> Callable[[], Any]:
    """The tower of residual blocks."""
    layers = [torch.nn.Linear(w.shape[1], w.shape[0]) for w in weights[::2]]
    parameters = [p for layer in layers for p in (layer.weight, layer.bias)]
    with torch.no_grad():
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.copy_(torch.from_numpy(weight))
    inputs = torch.from_numpy(x)

    def both() -> Any:
        for parameter in parameters:
            parameter.grad = None
        y = inputs
        for layer in layers:
            y = y + torch.relu(layer(y))
        y.sum().backward()
        return [parameter.grad for parameter in parameters]

    return both
