"""What a network's own code raises, as errors that name its line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from convatlas.errors import NetworkError, located, raised


class Signal(BaseException):
    """Raised by our code to leave a forward pass; no Exception, so that no network catches it."""


@contextmanager
def foreign_exceptions() -> Iterator[None]:
    """Replace exceptions of a network's own code that handlers of ``Exception`` do not see.

    ``sys.exit`` would end the build without a word, and a StopIteration would look like the end of
    whatever generator it passes. All other exceptions, and Ctrl-C, are passed on.

    Raises:
        NetworkError: the network raised one of those.
    """
    try:
        yield
    except (KeyboardInterrupt, Signal):
        raise
    except (StopIteration, StopAsyncIteration) as error:
        raise NetworkError(_told(error)) from error
    except Exception:
        raise
    except BaseException as error:
        raise NetworkError(_told(error)) from error


def _told(error: BaseException) -> str:
    return f"the network {raised(error)}{located(error)}; correct its code"
