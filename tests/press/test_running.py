"""Execution: what runs, what is kept, and what is said when a cell fails."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace

import nbformat
import pytest

from press import packages, running
from press.behavior import STATE
from press.errors import BookError, BookErrors
from press.kernels import environment
from press.pairing import check_conflict
from press.programs import same_code
from press.running import outputs_known, read_programs, run


def run_all(sample, **options):
    """Run the whole book; return the executed texts and what was said on the way."""
    said = []

    def step(done, share):
        said.append(done)

    executed = run(sample.book, sample.texts.values(), jobs=2, progress=step, **options)
    return executed, said


def keys_of(sample):
    return [program.key for program in read_programs(sample.texts.values(), sample.book.languages)]


def code_cells(text):
    return [cell for cell in text.notebook.cells if cell.cell_type == "code"]


def replace_program(sample, new, *languages):
    for language in languages or ("en", "ko", "ja"):
        sample.edit(f"{language}/sums.md", 'print("mean", numbers.sum() / len(numbers))', new)


def failure(sample, language="ko"):
    with pytest.raises(BookError) as raised:
        run(sample.book, [sample.text(language)], jobs=1)
    return raised.value


def test_one_execution_serves_all_languages_and_the_next_build(sample, monkeypatch):
    executed, said = run_all(sample)
    assert said == ["run en/sums", "run ko/sums", "run ja/sums"]
    for text in executed.values():
        first, second = code_cells(text)
        assert first.outputs[0].data == {"text/plain": "np.int64(6)"}
        assert second.outputs == [{"output_type": "stream", "name": "stdout", "text": "mean 1.5\n"}]
        assert [first.execution_count, second.execution_count] == [1, 2]
        file = sample.book.notebook_path(text.language, "sums")
        assert nbformat.read(file, as_version=4) == text.notebook
        nbformat.validate(text.notebook)
        check_conflict(sample.book, text)
    assert len(list((sample.root / "build" / "cache" / "outputs").iterdir())) == 1
    monkeypatch.setattr(running, "_execute_all", no_execution)
    again, said = run_all(sample)
    assert said == ["kept en/sums", "kept ko/sums", "kept ja/sums"]
    assert [text.notebook for text in again.values()] == [
        text.notebook for text in executed.values()
    ]
    sample.edit("en/sums.md", "A sum adds numbers.", "A sum adds up numbers.")
    sample.edit("ko/sums.md", "# 더할 수", "# 더하게 될 수")
    run_all(sample)  # neither prose nor a comment runs anything
    assert len(outputs_known(sample.book, sample.texts.values())) == 3


def test_asking_for_the_state_gives_no_name_a_value():
    names = {"own": 1, "given": 2}
    for expression in STATE:
        eval(expression, names)
    assert names == {"__builtins__": names["__builtins__"], "own": 1, "given": 2}


def no_execution(book, missing, *others):
    assert not missing
    return {}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("en/sums.md", "np.arange(4)", "np.arange(5)"),
        ("en/sums.md", "ipython3\nprint", "ipython3\n:tags: [stderr]\n\nprint"),
        ("en/sums.md", "ipython3\nprint", "ipython3\n# one line more\nprint"),
    ],
)
def test_key_changes_with_program_its_lines_and_tags(sample, name, old, new):
    before = [
        program.key for program in read_programs(sample.texts.values(), sample.book.languages)
    ]
    assert len(set(before)) == 1
    sample.edit(name, old, new)
    after = keys_of(sample)
    assert after[0] != before[0]
    assert after[1:] == before[1:]


@pytest.mark.parametrize("part", ["d2lmini", "version"])
def test_key_changes_with_d2lmini_and_with_versions(sample, tmp_path, monkeypatch, part):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("x = 1\n", encoding="utf-8")
    spec = SimpleNamespace(submodule_search_locations=[str(package)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    keys = []
    for _ in range(2):
        running._surroundings.cache_clear()
        packages.version.cache_clear()
        keys.append(read_programs([sample.text("en")], ())[0].key)
        if part == "d2lmini":
            (package / "__init__.py").write_text("x = 2\n", encoding="utf-8")
        else:
            monkeypatch.setattr(running.platform, "python_version", lambda: "3.99.0")
    running._surroundings.cache_clear()
    packages.version.cache_clear()
    assert keys[0] != keys[1]


def test_a_cell_that_speaks_is_run_in_each_language(sample):
    program = "import os\n\nprint(os.environ['D2LMINI_LANGUAGE'])"
    replace_program(sample, program)
    for language in ("en", "ko", "ja"):
        sample.edit(
            f"{language}/sums.md", "ipython3\nimport os", "ipython3\n:tags: [language]\n\nimport os"
        )
    executed, _ = run_all(sample)
    spoken = [code_cells(text)[1].outputs[0].text for text in executed.values()]
    assert spoken == ["en\n", "ko\n", "ja\n"]


def test_cells_run_in_an_empty_folder_with_one_thread(sample):
    program = "import os\n\nprint(os.listdir(), os.environ['OPENBLAS_NUM_THREADS'])\n"
    replace_program(sample, program + "_ = open('left-over', 'w').write('x')")
    executed, _ = run_all(sample)
    assert code_cells(executed["ko", "sums"])[1].outputs[0].text == "[] 1\n"
    assert not list(sample.root.rglob("left-over"))


def test_figures_are_svg_and_come_out_the_same_every_time(sample):
    program = "import matplotlib.pyplot as plt\n\n_ = plt.plot([1, 3, 2])"
    replace_program(sample, program)
    pictures = []
    for force in (False, True):
        executed, _ = run_all(sample, force=force)
        (output,) = code_cells(executed["en", "sums"])[1].outputs
        pictures.append(output.data["image/svg+xml"])
        assert "image/png" not in output.data
    assert pictures[0] == pictures[1]
    assert "<dc:date>" not in pictures[0]


def test_several_programs_run_and_each_failure_is_told(sample):
    for language, divisor in (("en", "len([])"), ("ko", "0")):
        replace_program(sample, f"1 / {divisor}", language)
    with pytest.raises(BookErrors) as raised:
        run_all(sample)
    line = sample.line("en/sums.md", "1 / len([])")
    assert [error.place for error in raised.value.errors] == [
        f"chapters/en/sums.md:{line}",
        f"chapters/ko/sums.md:{sample.line('ko/sums.md', '1 / 0')}",
    ]
    assert not (sample.root / "build" / "notebooks").exists()


def test_cell_that_raises(sample):
    program = "def half(n):\n    return n / 0  # here\n\n\nprint('before')\nhalf(1)"
    replace_program(sample, program, "ko")
    error = failure(sample)
    assert str(error).startswith(
        f"chapters/ko/sums.md:{sample.line('ko/sums.md', '# here')}: ZeroDivisionError: division"
    )
    assert "print('before')" in error.hint
    assert "Cell In[2], line 6" in error.hint
    assert "\x1b" not in str(error)


def test_error_inside_a_library_is_placed_at_the_line_that_called_it(sample):
    replace_program(sample, "import json\n\njson.loads('{')", "ja")
    error = failure(sample, "ja")
    assert error.place == f"chapters/ja/sums.md:{sample.line('ja/sums.md', 'json.loads')}"
    assert "JSONDecodeError" in error.message


@pytest.mark.parametrize(
    "program",
    [
        "n = 0\nwhile True:\n    n += 1",
        "n = 0\nwhile True:\n    try:\n        while True:\n            n += 1\n"
        "    except BaseException:\n        pass",
    ],
    ids=["endless", "endless and deaf"],
)
def test_endless_loop(sample, program, monkeypatch):
    from press import executing

    monkeypatch.setattr(executing, "_GRACE", 1)
    sample.edit("book.toml", "cell_timeout = 30", "cell_timeout = 2")
    replace_program(sample, program, "ko")
    error = failure(sample)
    lines = range(sample.line("ko/sums.md", "n = 0"), sample.line("ko/sums.md", "n += 1") + 1)
    assert error.line in lines
    assert "still running after 2 s" in error.message
    assert "while True" in error.hint


def test_kernel_that_dies(sample):
    replace_program(sample, "import os\n\nos._exit(3)", "ko")
    error = failure(sample)
    assert error.place == f"chapters/ko/sums.md:{sample.line('ko/sums.md', 'import os')}"
    assert error.message == "the kernel died while running this cell"


@pytest.mark.parametrize("call", ["raise SystemExit(2)", "sys.exit()"])
def test_cell_that_leaves_the_program_is_placed_there(sample, call):
    replace_program(sample, f"import sys\n\n{call}", "ko")
    error = failure(sample)
    assert error.place == f"chapters/ko/sums.md:{sample.line('ko/sums.md', call)}"
    assert error.message.startswith("SystemExit")


def test_message_of_an_error_is_kept_short(sample):
    replace_program(sample, "raise ValueError('한' * 300_000)", "ko")
    assert str(failure(sample)).splitlines()[0].endswith(f"ValueError: {'한' * 300}")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("print(file=sys.stderr)", r"the cell writes to stderr: '\n'"),
        (
            "from IPython.display import HTML, display\ndisplay(HTML('<p><script>1</script>'))",
            "the cell displays '<script', which may not be in a page",
        ),
        (
            "from IPython.display import HTML\nHTML('<p>a<br><div><svg><g/></svg></div></div>')",
            "the cell displays HTML in which </div> has no partner",
        ),
        (
            "from IPython.display import HTML\nHTML('<table><tr><td><b>1</table>')",
            "the cell displays HTML in which </table> has no partner",
        ),
        (
            "from IPython.display import Image\nImage(url='https://a.example/a.png')",
            "the cell displays '<img src=\"https://', which may not be in a page",
        ),
        (
            "from IPython.display import HTML\nHTML('<p style=\"background:url(//a.example/a)\">')",
            "the cell displays 'url(//', which may not be in a page",
        ),
        (
            "from IPython.display import Javascript\nJavascript('alert(1)')",
            "the cell displays 'application/javascript', which may not be in a page",
        ),
        ("import os\nos.chdir('/')", "the cell changes the working directory"),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=[9]).start()",
            "the cell leaves threads running, whose output may come anywhere",
        ),
        (
            "import warnings\nwarnings.simplefilter('ignore')",
            "the cell hides the warnings of all cells after it",
        ),
        (
            "class A:\n    def _repr_html_(self):\n        raise ValueError('no')\nA()",
            "ValueError: no",
        ),
        (
            "import io\nsys.stdout = io.StringIO()",
            "the cell replaces sys.stdout, so that later cells print nothing",
        ),
        (
            "from IPython.display import SVG\n"
            "SVG('<svg xmlns=\"http://www.w3.org/2000/svg\">' + '<g/>' * 300_000 + '</svg>')",
            "the cell draws 1200046 characters; 1000000 are allowed",
        ),
        (
            "from IPython.display import Image\nImage(bytes(900_000), format='png')",
            "the cell draws 1200000 characters; 1000000 are allowed",
        ),
        (
            "from IPython.display import Markdown\nMarkdown('# Title')",
            "the cell displays 'text/markdown', which may not be in a page",
        ),
        (
            "# no breakpoint()\nbreakpoint()",
            "the cell starts a debugger, which waits for someone",
        ),
        ("import os\nos.environ['A'] = '1'", "the cell changes environment variables"),
        *(
            (program, "the cell replaces a function of Python such as print")
            for program in ("def print(*a):\n    pass", "import builtins\nbuiltins.round = abs")
        ),
        (
            "print(hex(0xabcdef12), 'at', hex(0xabcdef12))",
            "the cell prints 'at 0xabcdef12', which is not the same everywhere",
        ),
        (
            "from pathlib import Path\nPath.home() / 'a'",
            f"the cell prints '{Path.home()}/a', which is not the same everywhere",
        ),
        (
            "import tempfile\nprint(tempfile.gettempdir() + '/press-a/work')",
            f"the cell prints '{gettempdir()}/press-a', which is not the same everywhere",
        ),
        ("print('\\n' * 300)", "the cell prints 301 lines; 200 are allowed"),
        ("'x' * 200_000", "the cell prints 200002 characters; 100000 are allowed"),
    ],
)
def test_what_no_reader_or_later_cell_wants(sample, program, message):
    replace_program(sample, f"import sys\n\n{program}", "ko")
    assert failure(sample).message == message


def test_html_may_leave_out_ends(sample):
    html = "<ruby>和<rt>わ</ruby><kbd>a</kbd><table><colgroup><col><tr><td>1<br><td>2</table>"
    replace_program(sample, f"from IPython.display import HTML\n\nHTML('{html}')")
    assert len(run_all(sample)[0]) == 3


def test_value_of_a_plot_is_refused_with_a_way_out(sample):
    replace_program(sample, "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])", "ko")
    assert "write plt.show() below" in failure(sample).hint


def test_cell_may_change_for_a_while_what_it_restores(sample):
    program = "import contextlib, threading, warnings\n\nsum = len = Warning = 1\n"
    program += "with contextlib.chdir('/'), warnings.catch_warnings(action='ignore'):\n"
    program += "    thread = threading.Thread(target=print)\n    thread.start()\n    thread.join()"
    replace_program(sample, program)
    assert len(run_all(sample)[0]) == 3


def test_folder_named_as_that_of_this_machine_may_be_printed(sample):
    replace_program(sample, "from pathlib import Path\n\nprint(f'tree{Path.home()}')")
    assert len(run_all(sample)[0]) == 3


@pytest.mark.parametrize("call", ["exit()", "quit()"])
def test_cell_that_ends_the_kernel_by_asking(sample, call):
    replace_program(sample, f"print(1)\n{call}", "ko")
    error = failure(sample)
    assert error.place == f"chapters/ko/sums.md:{sample.line('ko/sums.md', call)}"
    assert error.message == "the cell calls exit() or quit(), which ends the kernel"


def test_kernel_that_is_not_installed(sample, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    running._surroundings.cache_clear()
    error = failure(sample)
    running._surroundings.cache_clear()
    assert "ipykernel is not installed" in error.message
    assert "make book" in error.hint


def test_kernel_that_does_not_start(sample):
    code = (
        "import sys; from press import executing; from press.__main__ import main;"
        "executing.sys = type('sys', (), {'executable': '/bin/false'}); sys.exit(main(['build']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=sample.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    line, hint = done.stderr.splitlines()
    assert line.startswith("chapters/en/sums.md: the kernel does not start: ")
    assert hint.endswith("run: /bin/false -m ipykernel_launcher")


def test_kernel_finds_a_home_where_there_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    assert environment(tmp_path, "ko")["HOME"] == str(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    assert environment(tmp_path, "ko")["HOME"] == str(tmp_path.parent)


def test_kernel_does_not_see_how_else_the_author_has_python_work(monkeypatch, tmp_path):
    settings = {"PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2", "PYTHONDEVMODE": "1"}
    for name, value in (settings | {"PYTHONPATH": "/modules"}).items():
        monkeypatch.setenv(name, value)
    seen = environment(tmp_path, "ko")
    assert not settings.keys() & seen.keys()
    assert seen["PYTHONPATH"] == "/modules"


def test_kernel_has_its_settings_in_a_folder_named_like_a_variable(sample):
    there = sample.root.with_name("$HOME")
    sample.root.rename(there)
    sample.root = there
    replace_program(sample, "print(get_ipython().config.InlineBackend.figure_formats)")
    assert sample.press("build").returncode == 0
    notebook = nbformat.read(sample.book.notebook_path("en", "sums"), as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert "{'svg'}\n" in [output.get("text") for output in outputs]


def test_warning_is_an_error_unless_the_cell_says_so(sample, tmp_path, monkeypatch):
    (tmp_path / "my files").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "my files"))  # is part of the warning
    replace_program(sample, "import warnings\n\nwarnings.warn('old news')")
    error = failure(sample, "en")
    assert error.place == f"chapters/en/sums.md:{sample.line('en/sums.md', 'warnings.warn')}"
    assert error.message == "the cell writes to stderr: UserWarning: old news"
    for language in ("en", "ko", "ja"):
        sample.edit(
            f"{language}/sums.md", "ipython3\nimport w", "ipython3\n:tags: [stderr]\n\nimport w"
        )
    executed, _ = run_all(sample)
    assert code_cells(executed["en", "sums"])[1].outputs[0].name == "stderr"


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("x = 1\nx = (", "the code does not parse: '(' was never closed"),
        ("x = 1\n%time x", "the code does not parse: invalid syntax"),
        ("", "the code cell is empty"),
    ],
)
def test_code_that_is_not_python_is_found_before_anything_runs(sample, program, message):
    start = sample.line("ko/sums.md", 'print("mean"')
    replace_program(sample, program, "ko")
    error = failure(sample)
    assert error.message == message
    assert error.place == f"chapters/ko/sums.md:{start + program.count(chr(10))}"


def test_spoilt_cache_is_made_anew(sample):
    run_all(sample)
    for file in (sample.root / "build" / "cache" / "outputs").iterdir():
        file.write_text("[", encoding="utf-8")
    _, said = run_all(sample)
    assert said[0] == "run en/sums"


def test_notebook_edited_while_cells_ran_is_not_overwritten(sample, monkeypatch):
    run_all(sample)
    file = sample.book.notebook_path("ko", "sums")
    execute = running._execute_all

    def edit_meanwhile(*arguments):
        done = execute(*arguments)
        file.write_text(file.read_text(encoding="utf-8").replace("마지막 줄", "끝줄"), "utf-8")
        return done

    monkeypatch.setattr(running, "_execute_all", edit_meanwhile)
    error = failure(sample)
    assert error.place == "build/notebooks/ko/sums.ipynb"
    assert "끝줄" in file.read_text(encoding="utf-8")


def test_programs_are_the_same_apart_from_comments_lines_and_spaces():
    assert same_code("f(1, 2)  # one", "# zwei\nf(1,\n  2)\n")
    assert same_code("if a:\n  f()\n\n  g()", "if a:\n    f()\n    # then\n    g()")
    assert same_code("await f()", "await  f()")
    assert not same_code("f(1)", "f(2)")
    assert not same_code("if a:\n  f()\n  g()", "if a:\n  f()\ng()")
    for words in ("{a}  {b}", "{a} {b} "):  # several tokens since Python 3.12
        assert not same_code('f"{a} {b}"', f'f"{words}"')
    assert not same_code('f"{a=}"', 'f"{a = }"')
    with pytest.raises(SyntaxError):
        same_code("f(1)", "f(1")
    with pytest.raises(SyntaxError):
        same_code("f(1", "f(1")
