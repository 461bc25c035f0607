"""What can go wrong with embedded services, each with a message a gym owner can act on."""


class EmbeddedError(Exception):
    """Something that the embedded services need is not there. The message says what to do."""


class DataFolderBusy(EmbeddedError):
    """Another Spotter already works on this data folder."""


class DataFolderUnusable(EmbeddedError):
    """The data folder cannot be made, read or written."""


class ServerFailed(EmbeddedError):
    """A server ended before it was ready; the message carries its last log lines."""


class StopRequested(EmbeddedError):
    """Somebody asked us to stop while we were still starting."""
