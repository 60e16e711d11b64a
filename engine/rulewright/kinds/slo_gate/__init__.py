"""SLO gates: objectives compiled and judged, and the verdict of the gate."""
