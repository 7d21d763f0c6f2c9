"""A configuration that a running process may exchange: for the parts of the control process, which read it anew with every question."""

from __future__ import annotations

from nvr.config.schema import Config


class LiveConfig(Config):
    """The configuration in force. Whoever holds it sees the next one from the moment of ``take_up`` on.

    For readers a ``Config`` like any other, frozen as far as they can tell. Whoever computes something from it once and keeps that, keeps what was in
    force then: the ``node`` section alone is meant to be read so: but for its pools it does not change before the node's next start.
    """

    @classmethod
    def of(cls, config: Config) -> LiveConfig:
        """Starting with a configuration."""
        return cls.model_construct(config.model_fields_set, **dict(config))

    def take_up(self, config: Config) -> None:
        """Another is in force. One dict's update: threads see each field of the old or of the new."""
        self.__dict__.update(dict(config))
