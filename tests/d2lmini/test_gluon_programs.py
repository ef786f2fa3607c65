"""Programs as users of Gluon write them, in both dialects: they run with their imports changed."""

import pytest

import d2lmini as mx
from d2lmini import autograd, gluon, nd, np, npx
from d2lmini.gluon import data as gdata, loss as gloss, nn


def test_a_program_of_the_modern_dialect(modern):
    class MLP(nn.Block):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.hidden = nn.Dense(16)
            self.out = nn.Dense(2)

        def forward(self, x):
            return self.out(npx.relu(self.hidden(x)))

    net = MLP()
    net.initialize()
    x = np.random.uniform(size=(8, 4))
    y = np.argmax(np.concatenate([x[:, :1], x[:, 1:2]], axis=1), axis=1)
    assert net.hidden.weight.shape == (16, -1)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.05})
    loss = gloss.SoftmaxCrossEntropyLoss()
    for _ in range(40):
        with autograd.record():
            batch = loss(net(x), y)
        batch.backward()
        trainer.step(8)
    assert float(batch.mean()) < 0.3
    assert npx.softmax(net(x)).sum(axis=1).shape == (8,)
    assert npx.is_np_array()


def test_devices_are_named_and_a_missing_one_is_found_out():
    assert npx.random.seed is mx.random.seed
    assert repr(mx.cpu()) == "cpu(0)"
    assert mx.cpu() == mx.cpu(0) == mx.Context("cpu")
    assert mx.context.num_gpus() == 0
    assert mx.current_context() == mx.cpu()
    with mx.cpu(0):
        x = nd.ones((1,))
    assert x.context == mx.cpu()
    assert x.as_in_context(mx.cpu()) is x
    try:
        device = mx.gpu()
        nd.zeros((1,), ctx=device)
    except mx.base.MXNetError:
        device = mx.cpu()
    assert device == mx.cpu()
    nn.Dense(1).initialize(ctx=[mx.cpu()])
    with pytest.raises(mx.MXNetError, match="one device"):
        nn.Dense(1).initialize(ctx=[mx.cpu(0), mx.cpu(1)])


def test_helpers_for_tests_compare_arrays_and_find_no_gpu():
    device = mx.gpu() if mx.test_utils.list_gpus() else mx.cpu()
    x = nd.arange(3, ctx=device)
    mx.test_utils.assert_almost_equal(x, x.asnumpy() + 1e-6)
    assert mx.test_utils.almost_equal(x.asnumpy(), x, rtol=0, atol=0)
    assert mx.test_utils.same(x, nd.array([0, 1, 2])) and not mx.test_utils.same(x, x + 1)
    with pytest.raises(AssertionError, match="ours and theirs"):
        mx.test_utils.assert_almost_equal(x, x + 0.01, names=("ours", "theirs"))
    with pytest.raises(AttributeError, match=r"'get_mnist': use gluon\.data\.vision\.Digits"):
        mx.test_utils.get_mnist()


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("from d2lmini.symbol import Variable", "hybridize()"),
        ("from d2lmini.gluon import rnn", "calls its layers once for each step"),
        ("from d2lmini import kv", "gluon.Trainer"),
        ("from d2lmini.util import np_shape", "set_np"),
        ("from d2lmini.gluon.data import batchify", "batchify_fn"),
        ("from d2lmini.ndarray import softmin", "softmax"),
        ("from d2lmini.npx import masked_softmax", "where"),
        ("from d2lmini.numpy_extension import reshape", r"x\.reshape"),
        ("import d2lmini.viz", r"d2lmini has no 'viz': use net\.summary"),
        ("from d2lmini.gluon.model_zoo.vision import alexnet", "a net of your own"),
        ("from d2lmini.gluon.data.vision.transforms import ToTensor", "transform_first"),
        ("from d2lmini.nn import Linear", r"nn\.Dense"),
    ],
)
def test_an_import_of_what_is_left_out_tells_what_to_use(line, instead):
    with pytest.raises(ImportError, match=instead):
        exec(line)


def test_a_program_computes_in_a_context_made_of_another():
    with mx.Context(mx.cpu()) as ctx:
        assert nd.ones(2).context == ctx == mx.cpu()
    with pytest.raises(AttributeError, match=r"'gather_nd': use x\[rows, columns\]"):
        nd.gather_nd(nd.ones((2, 2)), nd.array([[0], [1]]))
    with pytest.raises(AttributeError, match=r"'datasets': use gluon\.data\.vision\.Digits"):
        gdata.vision.datasets.FashionMNIST(train=True)
    with pytest.raises(AttributeError, match=r"'pad': use nd\.concat with zeros"):
        nd.pad(nd.ones((1, 1, 1, 2)), mode="constant", pad_width=(0, 0, 0, 0, 0, 0, 0, 1))
