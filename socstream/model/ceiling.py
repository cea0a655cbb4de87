"""What a timeline promises never to fall below again, whatever happens to the machine."""

from attrs import frozen


@frozen
class Ceiling:
    """Numbers that no published playlist of this camera has reached yet, and its target duration.

    Saved durably before a number below it is published; a start that cannot restore its list begins
    here. `target_duration` is in whole seconds, None before the first segment of the source.
    """

    media_sequence: int = 0
    discontinuity_sequence: int = 0
    target_duration: int | None = None
