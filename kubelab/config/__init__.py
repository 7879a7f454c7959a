"""The lab file: read strictly, checked by its rules, turned into the model; what a changed key costs."""
