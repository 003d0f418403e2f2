"""The web face: a Gradio page whose tabs are widgets of plain JavaScript fed by one engine."""
