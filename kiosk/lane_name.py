"""What a lane may be called: its name is part of paths, of units and of command lines."""

import re

LANE_NAME = re.compile(r"[a-z0-9-]{1,32}")
