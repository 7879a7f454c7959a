"""Who tests the tests: faults, checks and exercises are each seen red by what they exist for."""
