"""Holes that the grader had outside of its sandbox, each of which one submission could have used."""

import io
import zipfile

import numpy as np
import pytest

from cnnlab.exercises import core
from cnnlab.grading import marking, wire
from cnnlab.grading.outcome import NOTHING
from cnnlab.grading.submissions import Archive, Unreadable


def zipped(kind, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


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


def test_code_without_end_is_not_compared():
    ran = NOTHING._replace(cells={1: "def f(): pass", 2: "x" * marking.LONG, 3: "y"})
    assert marking.own_text(ran) == "def f(): pass"


def test_an_array_of_many_axes_is_counted_and_not_shown():
    assert core.lay_out(np.zeros((4,) * 9, np.int8)) == " 262144 numbers"
    assert core.lay_out(np.arange(3)) == " [0 1 2]"
