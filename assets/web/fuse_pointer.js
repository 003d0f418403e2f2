// Pointer and keys on the picture: moving, scaling and turning B, painting the mask, pointing at a pixel.

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Listen on `area` (a focusable element that covers the picture).
 * state: {tool, move, probe}; ready(): is there a pair; wh(): its pixels; tell("move" | "probe" | "paint" | "wipe", done, detail).
 */
export function listen(area, state, { ready, wh, tell }) {
  let drag = null;

  const point = (event) => {
    const box = area.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const probe = ([x, y]) => {
    const [width, height] = wh();
    const clamp = (value, size) => Math.min(size - 1, Math.max(0, Math.floor(value * size)));
    state.probe = [clamp(x, width), clamp(y, height)];
    tell("probe");
  };
  const paint = (at, event) => tell("paint", false, { at, value: event.shiftKey || event.buttons === 2 ? 1 : 0 });

  /** Scale and turn as the hand goes around B's centre. */
  function around([x, y]) {
    const [width, height] = wh();
    const centre = [(0.5 + drag.move.dx) * width, (0.5 + drag.move.dy) * height];
    const [from, to] = [drag.start, [x, y]].map(([u, v]) => [u * width - centre[0], v * height - centre[1]]);
    const reach = Math.hypot(...to) / Math.max(1, Math.hypot(...from));
    state.move.scale = Math.min(8, Math.max(0.125, drag.move.scale * reach));
    const turn = drag.move.turn + ((Math.atan2(to[1], to[0]) - Math.atan2(from[1], from[0])) * 180) / Math.PI;
    state.move.turn = ((((turn + 180) % 360) + 360) % 360) - 180;
  }

  function follow(event) {
    const at = point(event);
    if (state.view.kind === "wipe" && state.tool === "probe" && drag) tell("wipe", false, { at: at[0] });
    if (state.tool === "probe") {
      probe(at);
    } else if (drag && state.tool === "move") {
      if (drag.around) {
        around(at);
      } else {
        state.move.dx = drag.move.dx + at[0] - drag.start[0];
        state.move.dy = drag.move.dy + at[1] - drag.start[1];
      }
      tell("move", false);
    } else if (drag && state.tool === "brush") {
      paint(at, event);
    }
  }

  const down = (event) => {
    if (!ready() || event.button > 2) return;
    area.setPointerCapture(event.pointerId);
    drag = { start: point(event), move: { ...state.move }, around: event.shiftKey || event.button === 2 };
    if (state.tool === "brush") paint(drag.start, event);
    follow(event);
  };
  const up = () => {
    if (!drag) return;
    drag = null;
    if (state.tool === "move") tell("move", true);
    if (state.tool === "brush") tell("paint", true);
  };
  const over = (event) => ready() && follow(event);
  const wheel = (event) => {
    if (!ready() || state.tool !== "move") return;
    event.preventDefault();
    state.move.scale = Math.min(8, Math.max(0.125, state.move.scale * 2 ** (-event.deltaY / 600)));
    tell("move", true);
  };

  const press = (event) => {
    if (!ready() || event.ctrlKey || event.metaKey || event.altKey) return;
    const [width, height] = wh();
    const step = event.shiftKey ? 10 : 1;
    const arrow = KEYS[event.key];
    if (state.tool === "move") {
      if (arrow) {
        state.move.dx += (arrow[0] * step) / width;
        state.move.dy += (arrow[1] * step) / height;
      } else if (event.key === "+" || event.key === "=") state.move.scale = Math.min(8, state.move.scale * 1.01);
      else if (event.key === "-") state.move.scale = Math.max(0.125, state.move.scale / 1.01);
      else if (event.key === "[") state.move.turn -= 1;
      else if (event.key === "]") state.move.turn += 1;
      else return;
      tell("move", true);
    } else {
      const from = state.probe ?? [width >> 1, height >> 1];
      if (arrow) probe([(from[0] + arrow[0] * step + 0.5) / width, (from[1] + arrow[1] * step + 0.5) / height]);
      else if (state.tool === "brush" && event.key === " ") {
        paint([(from[0] + 0.5) / width, (from[1] + 0.5) / height], event);
        tell("paint", true);
      } else return;
    }
    event.preventDefault();
  };

  area.addEventListener("pointerdown", down);
  area.addEventListener("pointermove", over);
  area.addEventListener("pointerup", up);
  area.addEventListener("pointercancel", up);
  area.addEventListener("wheel", wheel, { passive: false });
  area.addEventListener("keydown", press);
  area.addEventListener("contextmenu", (event) => event.preventDefault());
}
