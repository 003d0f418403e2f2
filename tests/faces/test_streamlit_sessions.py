"""Twenty visitors of a cold Streamlit server at once, as their browsers talk to it: one load of each model, each their own answer."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.faces.live import Live, free_port

VISITORS = 20


class Browser:
    """One visitor: a session of the page, and its letters to a desk."""

    def __init__(self, live):
        self.address = live.url.replace("http", "ws", 1) + "/_stcore/stream"
        self.socket = connect(self.address, subprotocols=["streamlit"], origin=live.url, max_size=None, open_timeout=60)
        self.ids, self.now, self.fragments = {}, {}, {}
        self.count = 0
        self._send({})

    def _send(self, letters, key=""):
        message = BackMsg()
        message.rerun_script.query_string = ""
        if key:
            message.rerun_script.fragment_id = self.fragments[key]
            state = message.rerun_script.widget_states.widgets.add()
            state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.ids[key]}__events"
            state.json_trigger_value = json.dumps([{"event": "letter", "value": letters}])
        self.socket.send(message.SerializeToString())
        self._run()

    def _run(self):
        """Read what one run of the page, or of one tab, sends."""
        while True:
            message = ForwardMsg()
            message.ParseFromString(self.socket.recv(timeout=120))
            if message.WhichOneof("type") == "script_finished":
                return
            found = message.delta.new_element.bidi_component
            if found.component_name == "glassbox":
                data = json.loads(found.json)
                self.ids[data["widget"]], self.now[data["widget"]] = found.id, data
                self.fragments[data["widget"]] = message.delta.fragment_id

    def ask(self, key, event, /, **detail):
        """Return the newest answer of a desk."""
        self.count += 1
        letters, newest, seen = [{"n": self.count, "event": event, "detail": detail}], None, 0
        while True:
            self._send({"sender": "test", "seen": seen, "lacking": False, "letters": letters}, key)
            for serial, value in self.now[key]["answers"]:
                newest, seen = value, max(seen, serial)
            if not self.now[key]["busy"]:
                return newest


@pytest.fixture
def live():
    port = free_port()
    one = Live("-m", "streamlit", "run", "app.py", "--server.port", str(port), port=port)
    yield one
    one.end()


def test_twenty_cold_visitors_load_each_model_once(live):
    together = threading.Barrier(VISITORS)

    def visit(number):
        browser = Browser(live)
        together.wait(120)
        return browser, browser.ask("classify", "example", key=("chelsea", "coffee")[number % 2], turn=1)

    with ThreadPoolExecutor(VISITORS) as pool:
        visits = list(pool.map(visit, range(VISITORS)))
    best = [value["cnn"]["top"][0]["label"] for _, value in visits]
    assert len(set(best[::2])) == len(set(best[1::2])) == 1 and best[0] != best[1]
    assert len({value["photo"]["url"] for _, value in visits}) == VISITORS  # nobody's address is another's
    rows = visits[0][0].ask("models", "refresh")["rows"]
    loads = {row["key"]: row["loads"] for row in rows if row["loads"]}
    assert set(loads) == {visits[0][1][family]["model"] for family in ("cnn", "vit")} | {"efficientnet-lite0"}
    assert set(loads.values()) == {1}
