"""Pictures made to excite, or to inhibit, a filter as strongly as possible.

The problem is split as in Lucid (Olah, Mordvintsev and Schubert, "Feature Visualization", Distill
2017): an *objective* says what to maximise, a *canvas* how the picture is parameterised, a
*transform* how it is moved about so that it holds for more than one placement, and *optimise* is
the loop.
"""

from convatlas.lenses.maximize.lens import Maximize

__all__ = ["Maximize"]
