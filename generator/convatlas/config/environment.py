"""Substitution of environment variables in a configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACE = re.compile(
    r"\$\$\{"  # an escape for a literal ${
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}"
    r"|\$\{"  # anything else that starts like a variable
)


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Replace ``${NAME}`` and ``${NAME:-default}`` with their values, and ``$${`` with ``${``.

    As in a shell, the default is also used if the variable is set but empty. Values are not
    substituted again.

    Raises:
        ValueError: a variable is not set and has no default, or ``${`` does not start a variable.
    """

    def value(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        name, default = match.group("name"), match.group("default")
        if name is None:
            raise ValueError(
                "`${` begins no variable here; write ${NAME}, ${NAME:-default}, "
                "or $${ for the characters themselves"
            )
        if default is not None:
            return environment.get(name) or default
        if name not in environment:
            raise ValueError(
                f"the environment variable {name} is not set; "
                f"set it, or give a default: ${{{name}:-...}}"
            )
        return environment[name]

    return _PLACE.sub(value, text)
