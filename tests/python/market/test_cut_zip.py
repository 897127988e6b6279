"""Archives that were cut off: what stands before the cut is read, then an error."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_trading.core.errors import DataError
from ai_trading.market import cut_zip, load, open_events
from ai_trading.market.files import blocks, members

ROWS = [
    f"{34200 + i / 8:.9f},1,{i + 1},100,{1_000_000 + 100 * (i % 7)},1\n"
    for i in range(4_000)
]
NAMED = "XYZ_2012-06-21_34200000_57600000_{}_1.csv"
FILES = {
    NAMED.format("message"): "".join(ROWS).encode(),
    NAMED.format("orderbook"): random.Random(1).randbytes(70_000),
    "empty.txt": b"",
    "more.txt": b"abc" * 50_000,
}


class Pipe(io.RawIOBase):
    """Where nobody can go back: sizes and checksums follow the files."""

    def __init__(self):
        super().__init__()
        self.bytes = b""

    def writable(self):
        return True

    def write(self, some):
        self.bytes += bytes(some)
        return len(some)


def packed(method, *, piped):
    into = Pipe() if piped else io.BytesIO()
    with zipfile.ZipFile(into, "w", method) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return into.bytes if piped else into.getvalue()


ARCHIVES = {
    "deflated": packed(zipfile.ZIP_DEFLATED, piped=False),
    "deflated, sizes behind": packed(zipfile.ZIP_DEFLATED, piped=True),
    "stored": packed(zipfile.ZIP_STORED, piped=False),
}


def found(path, member):
    """The unpacked bytes, and the error."""
    got = b""
    try:
        for block in blocks(path, member=member):
            got += block
    except DataError as error:
        return got, str(error)
    return got, None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(sorted(ARCHIVES)), part=st.floats(0, 1, exclude_max=True))
def test_what_is_read_is_the_beginning_of_what_was_packed(tmp_path, kind, part):
    whole = ARCHIVES[kind]
    path = tmp_path / "x.zip"
    path.write_bytes(whole[: max(int(len(whole) * part), 4)])
    if not cut_zip.parts(path):
        with pytest.raises(DataError, match="nor one of them can be read"):
            members(path)
        return
    names = members(path)

    assert names == list(FILES)[: len(names)]
    for at, name in enumerate(names):
        got, error = found(path, name)
        assert FILES[name].startswith(got)
        assert error is not None
        assert f"after {len(got):,} unpacked bytes" in error
        if at < len(names) - 1:  # the cut is behind it
            assert got == FILES[name]


def test_nearly_all_that_stands_before_the_cut_is_read(tmp_path):
    for kind, whole in ARCHIVES.items():
        path = tmp_path / "x.zip"
        path.write_bytes(whole[: len(whole) // 10])
        name = members(path)[0]
        got, _ = found(path, name)

        assert len(got) > len(FILES[name]) / 5, kind


def test_a_message_file_is_streamed_up_to_the_cut(tmp_path):
    whole = ARCHIVES["deflated"]
    path = tmp_path / "XYZ_2012-06-21.zip"
    path.write_bytes(whole[: len(whole) // 12])
    seen = []

    with pytest.raises(DataError, match=r"cut off within XYZ_2012.*message_1\.csv"):
        seen.extend(len(part) for part in open_events(path))

    assert sum(seen) > 1_000
    with pytest.raises(DataError, match="fetch the file again"):
        load(path)


def test_a_file_that_is_whole_ends_in_an_error_as_more_may_have_followed(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(ARCHIVES["deflated"][:-30])
    got, error = found(path, "more.txt")

    assert got == FILES["more.txt"]
    assert "cut off behind this file" in error


def test_a_wrong_checksum_is_told(tmp_path):
    archive = bytearray(ARCHIVES["stored"])
    archive[archive.index(ROWS[500].encode()) + 3] ^= 1
    path = tmp_path / "x.zip"
    path.write_bytes(archive[:-30])

    got, error = found(path, members(path)[0])

    assert len(got) == len(FILES[members(path)[0]])
    assert "checksum" in error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(sorted(ARCHIVES)), st.integers(0, 10**9), st.integers(1, 255))
def test_damage_never_hangs_nor_passes_for_data(tmp_path, kind, where, change):
    archive = bytearray(ARCHIVES[kind][:-30])
    archive[4 + where % min(len(archive) - 4, 30_000)] ^= change
    path = tmp_path / "x.zip"
    path.write_bytes(archive)
    try:
        names = members(path)
    except DataError:
        return
    for name in names:
        assert found(path, name)[1] is not None
