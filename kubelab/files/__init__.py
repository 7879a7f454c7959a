"""How a file is written whole, and how what a stranger sent or a disk kept is read: its cost is bounded first."""
