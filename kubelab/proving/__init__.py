"""`lab.test --prove`: every check of the suite is seen red by what it exists for, and nothing else reddens."""
