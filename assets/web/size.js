// How large an element is, without the layout that asking it costs in a frame where words have changed.

const known = new WeakMap();
const observer = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) known.set(target, [Math.round(contentRect.width), Math.round(contentRect.height)]);
});

/** Width and height in css pixels, without padding and border; [0, 0]: hidden. Newer sizes are there before the next animation frame. */
export function size(element) {
  if (!known.has(element)) {
    known.set(element, [element.clientWidth, element.clientHeight]);
    observer.observe(element);
  }
  return known.get(element);
}
