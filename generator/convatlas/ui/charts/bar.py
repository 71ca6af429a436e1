"""Bars in tables of classes, which the style sheet ``classes.css`` draws."""

from __future__ import annotations


def bar(share: float) -> str:
    """Return the length of a bar as the two digits in its class: "07" for 0.072, at most "99".

    Args:
        share: From 0 to 1, of the longest bar that there may be.
    """
    return f"{min(max(round(100 * share), 0), 99):02}"
