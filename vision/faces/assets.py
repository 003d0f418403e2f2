"""The widgets' own files: where they lie, and in which order their style sheets go."""

from pathlib import Path

WEB_DIR = Path(__file__).parents[2] / "assets" / "web"
SHEETS = sorted((path.name for path in WEB_DIR.glob("*.css")), key=lambda name: (name != "glassbox.css", name))  # the variables first
