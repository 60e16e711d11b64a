"""What holds for every test."""

import os

# The commands that tests start write to their pipes as they do for anybody, whatever this environment says.
os.environ.pop("PYTHONUNBUFFERED", None)
