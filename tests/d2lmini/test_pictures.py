"""The diagram and the table of a block."""

import re
import xml.etree.ElementTree as ElementTree

from d2lmini import nd, nn
from d2lmini.models import FancyMLP, NestMLP


def texts(block):
    picture = ElementTree.fromstring(block._repr_html_())
    return [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]


def chimera():
    shared = nn.Dense(16, activation="relu", prefix="shared_")
    net = nn.Sequential()
    net.add(NestMLP(), shared, nn.Dense(16, params=shared.params), nn.Dense(20), FancyMLP())
    net.initialize()
    net(nd.ones((2, 20)))
    return net


def test_the_diagram_names_blocks_shapes_and_counts():
    seen = texts(chimera())
    assert seen[:2] == ["Sequential", "5,384"]
    assert "(net) Sequential" in seen
    assert "(0) Dense(20 -> 64, Activation(relu))" in seen
    assert "1,344" in seen
    assert any(re.fullmatch(r"constant fancymlp\d+_rand_weight: 20 × 20", text) for text in seen)


def test_shared_parameters_are_marked():
    assert texts(chimera()).count("shared_weight: 16 × 16 — shared by 2") == 2


def test_repeated_children_are_folded():
    net = nn.HybridSequential()
    net.add(nn.Dense(64), *(nn.Dense(64, in_units=64) for _ in range(152)), nn.Dense(10))
    seen = texts(net)
    assert "(1–152) Dense(64 -> 64, linear) ×152" in seen
    assert "632,320" in seen and seen[1] is None  # the first layer's shape is not known yet
    assert sum("Dense" in (text or "") for text in seen) == 3


def test_unknown_lengths_and_a_single_layer():
    assert "64 × ?" in texts(nn.Dense(64))[2]
    assert texts(nn.Flatten()) == ["Flatten", None]


def test_the_diagram_is_self_contained_and_has_a_text_alternative():
    picture = chimera()._repr_html_()
    assert 'role="img"' in picture
    assert 'aria-label="Sequential with 5,384 parameters"' in picture
    assert "<desc>Sequential(" in picture
    assert "prefers-color-scheme:dark" in picture
    assert not re.search(r"https?://(?!www.w3.org/2000/svg)|<script| id=", picture)


def test_the_summary_counts_shared_parameters_once(capsys):
    net = chimera()
    net.summary(nd.ones((2, 20)))
    table = capsys.readouterr().out
    assert re.search(r"Input +\(2, 20\) +0\n", table)
    assert re.search(r"shared \(Dense\) +\(2, 16\) +272\n", table)
    assert re.search(r"dense\d+ \(Dense\) +\(2, 16\) +0 \(shared\)\n", table)
    assert table.endswith("Parameters: 5,384, learned: 4,984, fixed: 400\n")


def test_the_summary_of_a_hybridized_net_still_shows_its_layers(capsys):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation="relu"), nn.HybridLambda(lambda F, x: [x, x]))
    net.initialize()
    net.hybridize()
    net(nd.ones((2, 4)))
    net.summary(nd.ones((2, 4)))
    table = capsys.readouterr().out
    assert "(Dense)" in table and "(2, 3), (2, 3)" in table
    net(nd.ones((2, 4)))
    assert "dot" in str(net.program)


def test_the_summary_has_a_line_for_each_call_of_a_layer_that_stands_twice(capsys):
    layer, net = nn.Dense(4, prefix="twice_"), nn.Sequential()
    net.add(layer, layer)
    net.initialize()
    net.summary(nd.ones((2, 4)))
    lines = re.findall(r"twice \(Dense\) +\(2, 4\) +(.*)", capsys.readouterr().out)
    assert lines == ["20", "0 (shared)"]


def test_a_fold_counts_shared_parameters_once_and_holds_only_what_is_shared_alike():
    first, own = nn.Dense(4, in_units=4), nn.Dense(4, in_units=4)
    net = nn.Sequential()
    net.add(first, nn.Dense(4, in_units=4, params=first.params), first, own)
    seen = texts(net)
    assert seen[:2] == ["Sequential", "40"]
    assert seen[2:4] == ["(0–2) Dense(4 -> 4, linear) ×3", "20"]
    assert seen[4] == f"{first.weight.name}: 4 × 4 — shared by 3"
    assert seen[6:9] == ["(3) Dense(4 -> 4, linear)", "20", f"{own.weight.name}: 4 × 4"]
