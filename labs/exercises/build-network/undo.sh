uncover "$TARGET"
