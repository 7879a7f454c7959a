kubectl cordon "$TARGET"
