"""Names in shards: any name a file can have, in letters that every reader takes."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from faceflow.dataset.shards.names import escape, folder_of, split_member, unescape

NAMES = st.binary(min_size=1).map(os.fsdecode) | st.text("ab./%~_-\n é漢", min_size=1)


@given(NAMES)
def test_escaped_names_come_back(name: str) -> None:
    """By our function, and by the line that the documentation gives."""
    assert re.fullmatch(r"[A-Za-z0-9_~%-]+", escape(name), re.ASCII)
    assert unescape(escape(name)) == name
    assert os.fsdecode(unquote_to_bytes(escape(name))) == name


@given(NAMES, NAMES, NAMES.filter(lambda name: not set(name) & set("/\0")))
def test_member_says_whose_it_is(subject: str, sequence: str, frame: str) -> None:
    """Folder, frame and kind; and the key ends at the name's first dot."""
    member = f"{folder_of(subject, sequence)}{escape(frame)}.landmarks.npy"
    assert split_member(member) == (folder_of(subject, sequence), frame, "landmarks.npy")
    assert member.partition(".")[2] == "landmarks.npy"
