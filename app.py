"""Which face? `python app.py` opens the Gradio page, `streamlit run app.py` the Streamlit one."""

import os
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before any import of gradio reads it
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait by spinning take the cores of a browser beside them


def under_streamlit() -> bool:
    """Say whether this file is being run by Streamlit's script runner."""
    if "streamlit" not in sys.modules:  # `python app.py` never pays for the import
        return False
    from streamlit.runtime import exists

    return exists()


if under_streamlit():
    from vision.faces.streamlit.page import main

    main()
elif __name__ == "__main__":
    from vision.faces.cli import main as command

    sys.exit(command(["app", *sys.argv[1:]]))
