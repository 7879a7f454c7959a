"""The lab file: read strictly, checked by its rules, turned into the model; the effect of each changed key."""
