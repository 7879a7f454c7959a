kubectl uncordon "$TARGET"
