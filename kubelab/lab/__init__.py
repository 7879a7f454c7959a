"""What a person does with a lab: bring it up, halt, destroy, checkpoints, logs, images, ports."""
