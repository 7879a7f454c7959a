"""Reversible faults: a catalogue, and what injects and clears them."""
