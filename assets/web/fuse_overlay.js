// What is drawn over the picture of the Fuse tab: B's outline, the probe's cross, the strokes of the mask, the edge of the wipe.

import { affine } from "./place.js";

/** A canvas over `area` that is as sharp as the screen; `draw(context, width, height)` is called whenever its size changes. */
export function overlay(canvas, area, draw) {
  const paint = () => {
    const { width, height } = area.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (width && height) draw(context, width, height);
  };
  const observer = new ResizeObserver(paint);
  observer.observe(area);
  return { paint, stop: () => observer.disconnect() };
}

/** A line that is seen on light and on dark. */
function stroke(context, dash = []) {
  context.setLineDash([]);
  context.lineWidth = 4;
  context.strokeStyle = "rgb(0 0 0 / 65%)";
  context.stroke();
  context.setLineDash(dash);
  context.lineWidth = 2;
  context.strokeStyle = "#fff";
  context.stroke();
  context.setLineDash([]);
}

/** The corners of B on the canvas, from 0 to 1, by the inverse of the matrix that places it. */
export function corners(pair, move) {
  const { width, height } = pair.a;
  const [p, q, r, s, t, u] = affine([width, height], [pair.b.width, pair.b.height], pair.left, pair.top, move);
  const scale = p * t - q * s;
  return [[0, 0], [1, 0], [1, 1], [0, 1]].map(([i, j]) => {
    const x = i * pair.b.width - r, y = j * pair.b.height - u;
    return [(t * x - q * y) / scale / width, (p * y - s * x) / scale / height];
  });
}

export function outline(context, width, height, pair, move) {
  context.beginPath();
  for (const [x, y] of corners(pair, move)) context.lineTo(x * width, y * height);
  context.closePath();
  stroke(context, [8, 6]);
}

export function cross(context, width, height, [x, y], [wide, tall]) {
  const u = ((x + 0.5) / wide) * width, v = ((y + 0.5) / tall) * height;
  context.beginPath();
  for (const [i, j] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(u + 5 * i, v + 5 * j);
    context.lineTo(u + 14 * i, v + 14 * j);
  }
  stroke(context);
}

export function edge(context, width, height, at) {
  context.beginPath();
  context.moveTo(at * width, 0);
  context.lineTo(at * width, height);
  stroke(context);
}

export function strokes(context, width, height, list) {
  const long = Math.max(width, height);
  for (const [x, y, radius, value] of list) {
    context.beginPath();
    context.arc(x * width, y * height, radius * long, 0, 2 * Math.PI);
    context.fillStyle = value ? "rgb(255 255 255 / 22%)" : "rgb(86 180 233 / 30%)";
    context.fill();
  }
}
