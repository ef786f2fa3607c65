"""Programs written for Gluon, listed in `gluon_programs.toml` with what they print there."""

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from d2lmini import naming

TABLE = Path(__file__).with_name("gluon_programs.toml").read_text(encoding="utf-8")


def runs():
    """Yield each program with d2lmini for MXNet, and again without lines that hybridize."""
    for program in tomllib.loads(TABLE)["program"]:
        name, prints = program["name"], program["prints"]
        source = re.sub(r"\bmxnet\b", "d2lmini", program["source"])
        yield pytest.param(source, prints, id=name)
        eager = re.sub(r"^ *\w+\.hybridize\(.*\n", "", source, flags=re.M)
        if eager != source:
            yield pytest.param(eager, prints, id=f"{name}, eager")


@pytest.mark.parametrize(("source", "prints"), [*runs()])
def test_a_program_prints_what_it_does_in_gluon(source, prints, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(naming.top, "counts", Counter())
    exec(compile(source, "program", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip() == prints.strip()
