"""Pictures optimised to excite or inhibit a filter as strongly as possible.

The problem is split as in Lucid (Olah, Mordvintsev and Schubert, "Feature Visualization", Distill
2017): an *objective* says what to maximise, a *parameterization* turns parameters into a picture
(the *canvas* of a recipe), *transforms* move the picture at each step so that it works in more than
one position, *regularizers* penalise unwanted pictures, and *optimise* is the loop.
"""

from convatlas.lenses.maximize.lens import Maximize

__all__ = ["Maximize"]
