"""A JSON object read in pieces: lists of any length, an element at a time."""

from __future__ import annotations

import codecs
import contextlib
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from faceflow.files import Source

_PIECE = 2**16
_LONGEST = 2**24
"""Characters of one value, or of one element of a list: 1,500 landmarks' triangles take 2**16."""

_MOST_BYTES = 2**32
_SPACE = re.compile(r"[ \t\n\r]*")
_DELIMITERS = " \t\n\r,:]}"
_DECODER = json.JSONDecoder()


class JsonObject:
    """An object whose values come in the order of the file, in bounded memory.

    The elements of `lists` come one by one, any other value whole. Unlike ijson's fast backend,
    which refuses them, it reads half surrogates: file names whose bytes are no UTF-8 have them.

    Parameters
    ----------
    source
        The file's bytes.
    lists
        The keys whose values are read in pieces.

    Examples
    --------
    >>> import io
    >>> list(JsonObject(io.BytesIO(b'{"size": [4, 6], "rows": [1, {}]}'), {"rows"}).items())
    [('size', [4, 6]), ('rows', 1), ('rows', {})]
    """

    def __init__(self, source: Source, lists: Collection[str]) -> None:
        self._source = source
        self._lists = lists
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        self._text, self._place = "", 0
        self._ended = False
        self._bytes = 0
        self.keys: list[str] = []
        """Those that were met so far."""

    def items(self) -> Iterator[tuple[str, Any]]:
        """Each key with its value, or with each element of its list.

        Raises
        ------
        ValueError
            The file is not one JSON object with every key once, or a value of it is too long.
        RecursionError
            A value is too deep.
        """
        self._expect("{")
        if not self._take("}"):
            yield from self._member()
            while not self._take("}"):
                self._expect(",")
                yield from self._member()
        if self._next() != "":
            raise ValueError(f"there is more after its end: {self._next()!a}")

    def _member(self) -> Iterator[tuple[str, Any]]:
        key = self._value()
        if not isinstance(key, str) or key in self.keys or len(self.keys) > 100:
            raise ValueError(f"it has the key {key!a:.60} twice, or it is none")
        self.keys.append(key)
        self._expect(":")
        if key in self._lists:
            for element in self._elements(key):
                yield key, element
        else:
            yield key, self._value()

    def _elements(self, key: str) -> Iterator[Any]:
        if self._next() != "[":
            raise ValueError(f"{key} is no list")
        self._expect("[")
        if self._take("]"):
            return
        yield from self._some()
        while not self._take("]"):
            self._expect(",")
            yield from self._some()

    def _some(self) -> list[Any]:
        """The element that begins here, and at once those after it that have been read already.

        That takes a fraction of the time of one by one, where objects stand on lines of their own.
        """
        self._next()
        # No string has a line end in it. Elements may be laid out otherwise: then one by one.
        end = self._text.find("}\n ]", self._place)
        if end < 0:
            end = self._text.rfind("},\n", self._place)
        if end > 0:
            with contextlib.suppress(ValueError):
                elements: list[Any] = json.loads(f"[{self._text[self._place : end + 1]}]")
                self._place = end + 1
                return elements
        return [self._value()]

    def _value(self) -> Any:
        """The value that begins here; more is read until it is there whole."""
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._place)
            except json.JSONDecodeError:
                if self._ended:
                    raise
            else:
                # Of "1.5" only "1." may have been read, of which "1" is a number.
                following = self._text[end : end + 1]
                if self._ended or (following and following in _DELIMITERS):
                    self._place = end
                    return value
            if len(self._text) - self._place > _LONGEST:
                raise ValueError(f"a value has more than {_LONGEST} characters, or is none")
            self._read(len(self._text) - self._place)

    def _next(self) -> str:
        """The next character that is no white space; none at the end."""
        while True:
            found = _SPACE.match(self._text, self._place)
            assert found is not None
            self._place = found.end()
            if self._place < len(self._text):
                return self._text[self._place]
            if self._ended:
                return ""
            self._read(0)

    def _expect(self, character: str) -> None:
        if not self._take(character):
            found = self._next()
            raise ValueError(f"{found!a} stands where {character!a} should" if found else "it ends")

    def _take(self, character: str) -> bool:
        taken = self._next() == character
        self._place += taken
        return taken

    def _read(self, pending: int) -> None:
        """As much again as is pending, so that a long value is not begun too often."""
        data = self._source.read(max(_PIECE, pending))
        self._bytes += len(data)
        if self._bytes > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        self._ended = not data
        self._text = self._text[self._place :] + self._decoder.decode(data, self._ended)
        self._place = 0
