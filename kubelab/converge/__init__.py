"""What differs between the files and the boxes, the plan that follows, and carrying it out."""
