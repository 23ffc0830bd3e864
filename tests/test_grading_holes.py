"""Holes that the grader had outside of its sandbox, each of which one submission could have used."""

import io
import json
import zipfile

import numpy as np
import pytest

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import marking, notebook, sandbox, wire
from cnnlab.grading.submissions import Archive, Unreadable


def zipped(kind, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_message_is_never_unpacked_for_what_it_says_it_holds_may_be_a_lie(kind):
    array = io.BytesIO()
    np.save(array, np.zeros(3))
    stored = b"{}\n" + zipped(zipfile.ZIP_STORED, **{"arr_0.npy": array.getvalue()})
    assert wire.unpack(stored)[1][0].shape == (3,)
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(b"{}\n" + zipped(kind, **{"arr_0.npy": array.getvalue()}))


def test_a_message_has_a_short_head_and_few_arrays():
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(wire.pack({"values": [[]] * wire.HEAD}))
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(wire.pack({}, [np.zeros(0)] * (wire.ARRAYS + 1)))


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_all_at_once_is_not_unpacked(tmp_path, kind):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(kind, **{"a.ipynb": b"{}"}))
    with pytest.raises(Unreadable, match="cannot be taken out"), Archive(path).open("a.ipynb"):
        pass


def test_an_archive_of_too_many_files_is_refused_before_they_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnlab.grading.submissions.MEMBERS", 3)
    inner = zipped(zipfile.ZIP_STORED, **{f"{number}.txt": b"" for number in range(4)}, **{"a.ipynb": b"{}"})
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(zipfile.ZIP_STORED, **{"a.ipynb": inner}))
    with pytest.raises(Unreadable, match="more than 3 files"), Archive(path).open("a.ipynb"):
        pass


def test_a_chain_of_names_is_followed_in_one_pass():
    """100,000 names, each resting on the one after it: a pass for each would take an hour."""
    chain = [{"binds": [f"n{number}"], "needs": [f"n{number - 1}"]} for number in range(100_000)]
    assert len(notebook.needed(chain[::-1], "n99999")) == len(chain)


def test_a_line_that_goes_on_with_a_percent_sign_is_python():
    cell = "def f(a, b):\n    return (a\n        % b)"
    data = json.dumps({"cells": [{"cell_type": "code", "source": cell}]}).encode()
    assert notebook.read(data)["statements"][0]["source"] == "def f(a, b):\n    return a % b"


def test_code_without_end_is_not_compared():
    statement = {"is_import": False, "is_stub": False, "needs": []}
    name = next(iter(EXERCISES))
    statements = [
        statement | {"binds": [name], "source": "def f(): pass"},
        statement | {"binds": [name], "source": "x" * marking.LONG},
    ]
    assert marking.Submission(statements, []).answers([name]) == "def f(): pass"


def test_an_array_of_many_axes_is_counted_and_not_shown():
    assert core.lay_out(np.zeros((4,) * 9, np.int8)) == " 262144 numbers"
    assert core.lay_out(np.arange(3)) == " [0 1 2]"


def test_the_filter_is_one_instruction_on_a_machine_that_is_not_in_the_table():
    assert len(sandbox.calls("riscv64")) == 8
    for machine, numbers in sandbox.CALLS.items():
        assert len(sandbox.calls(machine)) == 8 * (len(numbers) + 7)


def test_no_other_pythons_packages_are_behind_the_walls():
    shown = [str(path) for path in (*sandbox.SYSTEM, *sandbox.STANDARD)]
    assert not [path for path in shown if path in ("/usr", "/usr/lib", "/lib") and sandbox.TRIPLE]
    assert not [path for path in shown if ".venv" in path]
    assert all(each / "site-packages" in sandbox.MASKED for each in sandbox.STANDARD)
