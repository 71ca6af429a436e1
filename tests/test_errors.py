"""Messages stay short, whatever they quote."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from convatlas.errors import LONGEST, AtlasError, SiteError, brief, describe


@given(st.text(max_size=100), st.integers(20, 50))
def test_what_is_brief_keeps_its_ends(text: str, most: int) -> None:
    short = brief(text, most)
    assert short == text if len(text) <= most else len(short) == most
    assert short.startswith(text[:1])
    assert short.endswith(text[-1:])


def test_no_error_quotes_more_than_a_few_hundred_characters() -> None:
    error = AtlasError(f"one\nthere is no file {'x' * 10**6}; name another")
    assert len(str(error)) <= 4 + LONGEST
    assert str(error).startswith("one\nthere is no file xxx")
    assert str(error).endswith("xxx; name another")
    assert len(describe(ValueError("y" * 10**6))) < LONGEST + 100


def test_an_error_passes_between_processes_as_it_is() -> None:
    error = pickle.loads(pickle.dumps(SiteError(f"a {'x' * 10**6} b")))
    assert isinstance(error, SiteError)
    assert str(error).endswith(" b")
