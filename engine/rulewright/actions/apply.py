"""The path under which earlier documentation named the port; import it from `rulewright`, or `actions/port.py`."""

from rulewright.actions.port import Port, RecordingPort

__all__ = ["Port", "RecordingPort"]
