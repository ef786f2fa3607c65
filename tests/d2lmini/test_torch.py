"""The same nets in PyTorch: outputs, gradients and optimizer steps agree."""

import numpy
import pytest

from d2lmini import autograd, gluon, nd, nn

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

numbers = numpy.random.default_rng(0)
X = numbers.normal(size=(8, 5)).astype("f")
LABELS = numbers.integers(0, 3, 8)


def twins(activation="relu", norm=None):
    """A net in d2lmini and the same net in PyTorch."""
    ours = nn.HybridSequential()
    ours.add(nn.Dense(7, activation=activation, in_units=5))
    if norm:
        ours.add(norm[0]())
    ours.add(nn.Dense(3, in_units=7))
    ours.initialize(init="xavier")
    ours(nd.array(X))
    kinds = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh,
             "softrelu": torch.nn.Softplus, "softsign": torch.nn.Softsign}  # fmt: skip
    parts = [torch.nn.Linear(5, 7), kinds[activation](), *([norm[1](7)] if norm else [])]
    theirs = torch.nn.Sequential(*parts, torch.nn.Linear(7, 3))
    learned = [p for p in ours.collect_params().values() if p.grad_req != "null"]
    with torch.no_grad():
        for mine, yours in zip(learned, theirs.parameters(), strict=True):
            yours.copy_(torch.from_numpy(mine.data().asnumpy()))
    return ours, theirs, learned


def agree(ours, theirs):
    numpy.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "softrelu", "softsign"])
@pytest.mark.parametrize(
    "norm", [None, (nn.BatchNorm, torch.nn.BatchNorm1d), (nn.LayerNorm, torch.nn.LayerNorm)]
)
@pytest.mark.parametrize("hybridize", [False, True])
def test_forward_and_gradients(activation, norm, hybridize):
    ours, theirs, learned = twins(activation, norm)
    ours.hybridize(hybridize)
    x, tensor = nd.array(X), torch.from_numpy(X.copy()).requires_grad_()
    x.attach_grad()
    for _ in range(2):
        with autograd.record():
            loss = gluon.loss.SoftmaxCrossEntropyLoss()(ours(x), nd.array(LABELS))
        loss.backward()
    value = torch.nn.functional.cross_entropy(
        theirs(tensor), torch.from_numpy(LABELS), reduction="none"
    )
    value.sum().backward()
    agree(loss.asnumpy(), value)
    agree(x.grad.asnumpy(), tensor.grad)
    for mine, yours in zip(learned, theirs.parameters(), strict=True):
        agree(mine.grad().asnumpy(), yours.grad)


OPTIMIZERS = {
    "sgd": ({"learning_rate": 0.1}, lambda p: torch.optim.SGD(p, 0.1)),
    "sgd with weight decay": (
        {"learning_rate": 0.1, "wd": 0.01},
        lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.01),
    ),
    "sgd with momentum": (
        {"learning_rate": 0.1, "momentum": 0.9},
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
    ),
    "adam": ({"learning_rate": 0.01}, lambda p: torch.optim.Adam(p, 0.01)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_ten_steps(name):
    settings, make = OPTIMIZERS[name]
    ours, theirs, learned = twins("tanh")
    trainer = gluon.Trainer(ours.collect_params(), name.split()[0], settings)
    optimizer = make(theirs.parameters())
    x, tensor = nd.array(X), torch.from_numpy(X)
    for _ in range(10):
        with autograd.record():
            loss = gluon.loss.SoftmaxCrossEntropyLoss()(ours(x), nd.array(LABELS))
        loss.backward()
        trainer.step(len(X))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(theirs(tensor), torch.from_numpy(LABELS)).backward()
        optimizer.step()
    for mine, yours in zip(learned, theirs.parameters(), strict=True):
        agree(mine.data().asnumpy(), yours)


def test_regression_losses():
    a, b = nd.array(X), nd.array(numbers.normal(size=X.shape))
    ta, tb = torch.from_numpy(X), torch.from_numpy(b.asnumpy())
    functional = torch.nn.functional
    agree(gluon.loss.L1Loss()(a, b).mean().asnumpy()[0], functional.l1_loss(ta, tb))
    agree(2 * gluon.loss.L2Loss()(a, b).mean().asnumpy()[0], functional.mse_loss(ta, tb))
    agree(gluon.loss.HuberLoss()(a, b).mean().asnumpy()[0], functional.huber_loss(ta, tb))
    yes = (b > 0).asnumpy()
    expected = functional.binary_cross_entropy_with_logits(ta, torch.from_numpy(yes))
    agree(gluon.loss.SigmoidBCELoss()(a, nd.array(yes)).mean().asnumpy()[0], expected)


def test_a_saved_net_loads_in_pytorch_and_back(tmp_path):
    from safetensors.torch import load_file, save_file

    ours, theirs, _ = twins()
    ours.save_parameters(tmp_path / "ours")
    renamed = {
        name.replace("1.", "2."): value for name, value in load_file(tmp_path / "ours").items()
    }
    theirs.load_state_dict(renamed)
    agree(ours(nd.array(X)).asnumpy(), theirs(torch.from_numpy(X)))
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.mul_(2)
    back = {name.replace("2.", "1."): value for name, value in theirs.state_dict().items()}
    save_file(back, tmp_path / "theirs")
    ours.load_parameters(tmp_path / "theirs")
    agree(ours(nd.array(X)).asnumpy(), theirs(torch.from_numpy(X)))
