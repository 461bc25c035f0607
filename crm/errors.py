"""Everything an operation can refuse, as one small tree with stable codes.

Doors (chat, REST, command line) word these themselves: an error carries a code and
data, never a sentence for a customer.
"""

from __future__ import annotations

from typing import ClassVar


class CrmError(Exception):
    """A business rule said no. `code` is stable; `data` says what was at stake."""

    code: ClassVar[str] = "crm_error"

    def __init__(self, message: str = "", **data: object) -> None:
        super().__init__(message or (type(self).__doc__ or self.code).splitlines()[0])
        self.data = data


class ConfigurationError(CrmError):
    """A setting is missing or wrong."""

    code = "configuration"


class NotFound(CrmError):
    """What was named does not exist in this gym."""

    code = "not_found"


class Ambiguous(CrmError):
    """More than one record fits; `data["choices"]` lists them."""

    code = "ambiguous"


class Invalid(CrmError):
    """A value breaks a rule; `data["field"]` names it."""

    code = "invalid"


class Forbidden(CrmError):
    """The role may not do this; `data["roles"]` says which may."""

    code = "forbidden"


class Conflict(CrmError):
    """The record's present state does not allow this."""

    code = "conflict"
