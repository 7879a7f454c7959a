"""Proofs of the tests: each fault, check and exercise is seen red by what it exists for."""
