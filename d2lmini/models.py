"""The book's models, as its chapters build them."""

from typing import Any

from . import nn, np, npx
from .ndarray import NDArray


class MLP(nn.Block):
    """A multilayer perceptron: a hidden layer of 256 units with ReLU, and 10 outputs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hidden = nn.Dense(256, activation="relu")
        self.output = nn.Dense(10)

    def forward(self, x: NDArray) -> NDArray:
        """Map inputs ``(batch, features)`` to outputs ``(batch, 10)``."""
        return self.output(self.hidden(x))


class MySequential(nn.Block):
    """A sequence of blocks, from scratch."""

    def add(self, *blocks: nn.Block) -> None:
        """Append blocks; their names are unique, so none overwrites another.

        Args:
            blocks: the blocks.
        """
        for block in blocks:
            self._children[block.name] = block

    def forward(self, x: NDArray) -> NDArray:
        """Pass the input through the blocks in the order they were added."""
        for block in self._children.values():
            x = block(x)
        return x


class FixedHiddenMLP(nn.Block):
    """A net with a constant layer, a layer used twice and a loop in its forward."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rand_weight = self.params.get_constant("rand_weight", np.random.uniform(size=(20, 20)))
        self.dense = nn.Dense(20, activation="relu")

    def forward(self, x: NDArray) -> NDArray:
        """Map inputs ``(batch, features)`` to one number."""
        x = self.dense(x)
        x = npx.relu(np.dot(x, self.rand_weight.data()) + 1)
        x = self.dense(x)
        while np.abs(x).sum() > 1:
            x /= 2
        return x.sum()


class FancyMLP(nn.Block):
    """A net like `FixedHiddenMLP` that scales its hidden layer by the norm, both down and up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rand_weight = self.params.get_constant("rand_weight", np.random.uniform(size=(20, 20)))
        self.dense = nn.Dense(20, activation="relu")

    def forward(self, x: NDArray) -> NDArray:
        """Map inputs ``(batch, features)`` to one number."""
        x = self.dense(x)
        x = npx.relu(np.dot(x, self.rand_weight.data()) + 1)
        x = self.dense(x)
        while x.norm().asscalar() > 1:
            x /= 2
        if x.norm().asscalar() < 0.8:
            x *= 10
        return x.sum()


class NestMLP(nn.Block):
    """A block that mixes a `Sequential` and a layer of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.net = nn.Sequential()
        self.net.add(nn.Dense(64, activation="relu"), nn.Dense(32, activation="relu"))
        self.dense = nn.Dense(16, activation="relu")

    def forward(self, x: NDArray) -> NDArray:
        """Map inputs ``(batch, features)`` to outputs ``(batch, 16)``."""
        return self.dense(self.net(x))


class CenteredLayer(nn.Block):
    """A layer without parameters: it subtracts the mean."""

    def forward(self, x: NDArray) -> NDArray:
        """Return the input shifted so that its mean is 0, up to rounding."""
        return x - x.mean()


class MyDense(nn.Block):
    """A fully connected layer with ReLU, from scratch; its input size must be given.

    Args:
        units: the length of the output.
        in_units: the length of the input.
    """

    def __init__(self, units: int, in_units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = self.params.get("weight", shape=(in_units, units))
        self.bias = self.params.get("bias", shape=(units,), init="zeros")

    def forward(self, x: NDArray) -> NDArray:
        """Map inputs ``(batch, in_units)`` to outputs ``(batch, units)``."""
        return npx.relu(np.dot(x, self.weight.data()) + self.bias.data())
