"""Settings: one frozen Config out of a TOML file, then the environment, then the command line.

sections  what can be set, with its default, its bounds and its names
loading   how a Config is made, and every wrong setting named
"""

from socstream.config.loading import file_of, load, settings, unknown_variables
from socstream.config.sections import Config

__all__ = ["Config", "file_of", "load", "settings", "unknown_variables"]
