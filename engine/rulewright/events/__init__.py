"""Events: payloads read and recognised, snapshots of their subjects, and the contract of a fact source."""
