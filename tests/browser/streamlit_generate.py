"""The Streamlit page over the drawn generator of generate_page.py: `streamlit run tests/browser/streamlit_generate.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.generate_page import engine
from vision.faces.streamlit.page import main

if __name__ == "__main__":  # pytest imports every file here, and a page opened then would go on loading its nets under other tests
    main(engine)
