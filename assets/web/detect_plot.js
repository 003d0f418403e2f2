// A small plot: one line, one dot, two named axes; colours from the page's variables.

import { size } from "./size.js";

/** points [[x, y]] in 0..1 by 0..top; dot [x, y] or null; steps: draw as a staircase. */
export function plot(canvas, { points, dot, top, xName, yName, steps = false }) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = size(canvas);
  if (!width) return;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(name);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "13px system-ui, sans-serif";
  const [left, low, right, high] = [34, height - 24, width - 8, 10];
  const x = (value) => left + value * (right - left);
  const y = (value) => low - (value / (top || 1)) * (low - high);
  context.strokeStyle = colour("--gb-line");
  context.lineWidth = 1;
  context.strokeRect(left, high, right - left, low - high);
  context.fillStyle = colour("--gb-muted");
  context.textBaseline = "top";
  context.textAlign = "left";
  context.fillText("0", left, low + 4);
  context.textAlign = "right";
  context.fillText("1", right, low + 4);
  context.fillText(String(top), left - 4, high - 4);
  context.textAlign = "center";
  context.fillText(xName, (left + right) / 2, low + 4);
  context.save();
  context.translate(10, (low + high) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(yName, 0, -6);
  context.restore();
  context.save();
  context.beginPath();
  context.rect(left, high - 1, right - left, low - high + 2);
  context.clip();
  context.strokeStyle = colour("--gb-accent");
  context.lineWidth = 2;
  context.beginPath();
  points.forEach(([px, py], i) => {
    if (steps && i) context.lineTo(x(px), y(points[i - 1][1]));
    context.lineTo(x(px), y(py));
  });
  context.stroke();
  context.restore();
  if (!dot) return;
  context.fillStyle = colour("--gb-ink");
  context.setLineDash([3, 3]);
  context.strokeStyle = colour("--gb-ink");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x(dot[0]), low);
  context.lineTo(x(dot[0]), y(dot[1]));
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.arc(x(dot[0]), y(dot[1]), 5, 0, 7);
  context.fill();
}
