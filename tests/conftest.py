"""What holds for every test."""

from hypothesis import settings

# pytest's own deadline ends a test that hangs; one slow example on a busy box is no failure.
settings.register_profile("socstream", deadline=None, max_examples=60)
settings.load_profile("socstream")
