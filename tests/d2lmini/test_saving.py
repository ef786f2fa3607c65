"""Saved nets come back as they were; a wrong file changes nothing and is explained."""

import numpy
import pytest
from hypothesis import given, settings, strategies as st
from safetensors.numpy import load_file, save_file

from d2lmini import MXNetError, gluon, nd, nn
from d2lmini.models import FixedHiddenMLP, MySequential, NestMLP


def nested():
    net = NestMLP()
    net.initialize()
    net(nd.ones((1, 20)))
    return net


def values(net):
    return {name: p.data().asnumpy() for name, p in net._collect_params_with_prefix().items()}


def unchanged(net, before):
    after = values(net)
    return all(numpy.array_equal(before[name], after[name]) for name in before)


def test_names_in_the_file_are_the_places_in_the_tree(tmp_path):
    net = nested()
    net.save_parameters(tmp_path / "net")
    assert set(load_file(tmp_path / "net")) == {
        *("net.0.weight", "net.0.bias", "net.1.weight", "net.1.bias", "dense.weight", "dense.bias")
    }
    other = NestMLP()
    other.load_parameters(tmp_path / "net")
    x = nd.random.uniform(shape=(2, 20))
    assert other(x).tolist() == net(x).tolist()
    assert list(tmp_path.iterdir()) == [tmp_path / "net"]


def test_constants_own_children_and_a_single_layer(tmp_path):
    for make in (FixedHiddenMLP, lambda: nn.Dense(3, in_units=20), MySequential):
        net, other = make(), make()
        if isinstance(net, MySequential):
            layer = nn.Dense(2, prefix="only_")
            net.add(layer)
            other.add(nn.Dense(2, prefix="only_"))
        net.initialize()
        x = nd.random.uniform(shape=(2, 20))
        y = net(x)
        net.save_parameters(tmp_path / "net")
        other.load_parameters(tmp_path / "net")
        assert other(x).tolist() == y.tolist()


def test_a_shared_parameter_can_be_written_once(tmp_path):
    shared = nn.Dense(3, in_units=3)
    net = nn.Sequential()
    net.add(shared, nn.Dense(3, params=shared.params))
    net.initialize()
    net.save_parameters(tmp_path / "net", deduplicate=True)
    assert set(load_file(tmp_path / "net")) == {"0.weight", "0.bias"}
    before = values(net)
    net.initialize(force_reinit=True)
    net.load_parameters(tmp_path / "net")
    assert unchanged(net, before)


def test_missing_extra_and_misshapen_parameters_are_listed_and_nothing_is_loaded(tmp_path):
    net = nested()
    before = values(net)
    zeros = {name: numpy.zeros_like(value) for name, value in before.items()}
    file = tmp_path / "net"

    save_file({k: v for k, v in zeros.items() if k != "dense.bias"}, file)
    with pytest.raises(AssertionError, match=r"lacks dense.bias.*allow_missing=True"):
        net.load_parameters(file)
    assert unchanged(net, before)

    save_file({**zeros, "more": numpy.zeros(1)}, file)
    with pytest.raises(ValueError, match=r"holds more, .*ignore_extra=True"):
        net.load_parameters(file)
    assert unchanged(net, before)

    save_file({**zeros, "dense.bias": numpy.zeros(3, "f")}, file)
    with pytest.raises(AssertionError, match=r"dense.bias is \(3,\).*\(16,\)"):
        net.load_parameters(file)
    assert unchanged(net, before)

    save_file({**zeros, "dense.bias": numpy.zeros(16)}, file)
    with pytest.raises(AssertionError, match="float64 in the file"):
        net.load_parameters(file)
    assert unchanged(net, before)
    net.load_parameters(file, cast_dtype=True)
    assert not any(value.any() for value in values(net).values())
    assert net.dense.bias.dtype == numpy.float32
    net.load_parameters(file, cast_dtype=True, dtype_source="saved")
    assert net.dense.bias.dtype == net.dense.bias.data().dtype == numpy.float64
    with pytest.raises(ValueError, match="'current' or 'saved', not 'file'"):
        net.load_parameters(file, cast_dtype=True, dtype_source="file")


def test_what_may_be_missing_or_extra(tmp_path):
    net = nested()
    file = tmp_path / "net"
    save_file({"dense.bias": numpy.ones(16, "f"), "more": numpy.zeros(1)}, file)
    weight = net.dense.weight.data().asnumpy()
    net.load_parameters(file, allow_missing=True, ignore_extra=True)
    assert net.dense.bias.data().tolist() == [1] * 16
    assert numpy.array_equal(net.dense.weight.data().asnumpy(), weight)


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\x80\x04" * 99]
)
def test_a_damaged_file_is_named(tmp_path, damage):
    net = nested()
    before = values(net)
    file = tmp_path / "net.safetensors"
    net.save_parameters(file)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(MXNetError, match=r"net.safetensors is damaged"):
        net.load_parameters(file)
    assert unchanged(net, before)
    for kind in (FileNotFoundError, MXNetError):
        with pytest.raises(kind, match="no file"):
            net.load_params(tmp_path / "nothing")
        with pytest.raises(kind, match=r"no file .*: it is a folder"):
            net.load_params(tmp_path)


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    net = nested()
    net.save_parameters(tmp_path / "net")
    before = (tmp_path / "net").read_bytes()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    net.dense.bias.set_data(nd.ones((16,)))
    with pytest.raises(OSError, match="disk full"):
        net.save_parameters(tmp_path / "net")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [before]


def test_a_save_keeps_links_and_permissions_and_takes_long_names(tmp_path):
    net, file, link = nested(), tmp_path / ("x" * 255), tmp_path / "link"
    link.symlink_to(file)
    (tmp_path / "plain").touch()
    net.save_parameters(link)
    assert link.is_symlink()
    assert file.stat().st_mode == (tmp_path / "plain").stat().st_mode
    file.chmod(0o640)
    net.save_parameters(file)
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(MXNetError, match="is not a file"):
        net.save_parameters(tmp_path)


@pytest.mark.parametrize("dtype, size", [("BF16", 2), ("F8_E4M3", 1)])
def test_types_that_numpy_lacks_are_told_from_damage(tmp_path, dtype, size):
    header = f'{{"w":{{"dtype":"{dtype}","shape":[1],"data_offsets":[0,{size}]}}}}'.encode()
    (tmp_path / "net").write_bytes(len(header).to_bytes(8, "little") + header + bytes(size))
    with pytest.raises(MXNetError, match=r"a type that NumPy does not have .* to float32"):
        nested().load_parameters(tmp_path / "net")


def test_an_empty_array_in_a_file_is_not_taken_for_an_unknown_length(tmp_path):
    net = nested()
    arrays = {name: numpy.zeros_like(array) for name, array in values(net).items()}
    arrays["net.1.weight"] = numpy.zeros((0, 64), "f")
    save_file(arrays, tmp_path / "net")
    before = values(net)
    with pytest.raises(AssertionError, match=r"net.1.weight is \(0, 64\) .* in the net"):
        net.load_parameters(tmp_path / "net")
    assert unchanged(net, before)


def test_a_dictionary_keeps_its_order(tmp_path):
    nd.save(tmp_path / "arrays", {name: nd.ones(1) for name in ("w", "b", "a")})
    assert list(nd.load(tmp_path / "arrays")) == ["w", "b", "a"]
    net = nn.Sequential()
    net.add(*(nn.Dense(1, in_units=1) for _ in range(11)))
    net.initialize()
    net.save_parameters(tmp_path / "net")
    assert list(nd.load(tmp_path / "net")) == [
        f"{i}.{x}" for i in range(11) for x in ("weight", "bias")
    ]


def test_an_uninitialized_net_is_not_saved(tmp_path):
    with pytest.raises(RuntimeError, match="initialize"):
        NestMLP().save_parameters(tmp_path / "net")
    assert not list(tmp_path.iterdir())


def test_parameter_dicts_save_full_names_or_strip_the_prefix(tmp_path):
    net = nn.Dense(2, in_units=3, prefix="layer_")
    net.initialize()
    file = tmp_path / "params"
    net.collect_params().save(file)
    assert set(load_file(file)) == {"layer_weight", "layer_bias"}
    before = values(net)
    net.initialize(force_reinit=True)
    net.load_parameters(file)
    assert unchanged(net, before)
    net.collect_params().save(file, strip_prefix="layer_")
    assert set(load_file(file)) == {"weight", "bias"}
    net.initialize(force_reinit=True)
    net.collect_params().load(file, restore_prefix="layer_")
    assert unchanged(net, before)
    with pytest.raises(ValueError, match="does not begin with strip_prefix='foo'"):
        net.collect_params().save(file, strip_prefix="foo")


def test_names_without_the_prefix_load_into_a_net_with_another_one(tmp_path):
    def net(prefix):
        net = nn.Sequential(prefix=prefix)
        with net.name_scope():
            net.add(nn.Dense(4, in_units=3), nn.Dense(2, in_units=4))
        net.initialize()
        return net

    first, second = net("first_"), net("second_")
    first.collect_params().save(tmp_path / "params", strip_prefix=first.prefix)
    second.load_parameters(tmp_path / "params")
    assert unchanged(second, values(first))


def test_arrays(tmp_path):
    file = tmp_path / "arrays"
    nd.save(file, nd.ones((2,)))
    assert [x.tolist() for x in nd.load(file)] == [[1, 1]]
    nd.save(file, [nd.ones((1,), dtype="int32"), nd.zeros((2, 2))])
    first, second = nd.load(file)
    assert first.dtype == numpy.int32 and second.shape == (2, 2)
    nd.save(file, {"a": nd.ones((1,)), "b": nd.zeros((1,)).T})
    assert {name: x.item() for name, x in nd.load(file).items()} == {"a": 1, "b": 0}
    with pytest.raises(TypeError, match="int"):
        nd.save(file, [3])
    with pytest.raises(UnicodeEncodeError):  # no other program could read that name
        nd.save(file, {"\ud800": nd.ones((1,))})
    assert len(nd.load(file)) == 2


SHAPES = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=4)


@settings(deadline=None, max_examples=25)
@given(SHAPES, st.sampled_from(["float32", "float64", "float16"]))
def test_what_is_loaded_is_what_was_saved(tmp_path_factory, shapes, dtype):
    params, other = gluon.ParameterDict(), gluon.ParameterDict()
    for i, shape in enumerate(shapes):
        for made in (params, other):
            made.get(f"p{i}", shape=shape, dtype=dtype)
    params.initialize()
    file = tmp_path_factory.mktemp("saved") / "file"
    params.save(file)
    other.load(file)
    for name, parameter in params.items():
        assert numpy.array_equal(other[name].data().asnumpy(), parameter.data().asnumpy())
