"""Operations on a lab: bring it up, halt, destroy, checkpoints, logs, images, ports."""
