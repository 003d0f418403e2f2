"""Floor 0: what is true on paper, with numpy, Pillow and OpenCV; no torch."""
