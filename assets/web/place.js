// Twin of vision/core/place.py: where B lies on A's canvas after it was fitted, moved, scaled and turned.

const FINE = 1073741824; // sine and cosine in whole units of 1 / 2^30, as in Python

/** The six numbers that lead from a point of the canvas to the point of the fitted B that lies there. */
export function affine([width, height], [wide, tall], left, top, { dx = 0, dy = 0, scale = 1, turn = 0 }) {
  const radians = (turn * Math.PI) / 180;
  const cos = Math.floor(Math.cos(radians) * FINE + 0.5) / FINE / scale;
  const sin = Math.floor(Math.sin(radians) * FINE + 0.5) / FINE / scale;
  const x = left + wide / 2 + dx * width;
  const y = top + tall / 2 + dy * height;
  return [cos, sin, wide / 2 - cos * x - sin * y, -sin, cos, tall / 2 + sin * x - cos * y];
}

/** Lay the fitted B (RGBA bytes, wide x tall) on a canvas: fills and returns `out` (RGBA) and `covered` (1 where B reaches). */
export function place(
  rgba, [wide, tall], matrix, [width, height],
  out = new Uint8ClampedArray(4 * width * height), covered = new Uint8Array(width * height),
) {
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      let x = matrix[0] * (column + 0.5) + matrix[1] * (row + 0.5) + matrix[2];
      let y = matrix[3] * (column + 0.5) + matrix[4] * (row + 0.5) + matrix[5];
      const inside = x >= 0 && x < wide && y >= 0 && y < tall;
      covered[pixel] = inside ? 1 : 0;
      const at = 4 * pixel;
      out[at + 3] = 255;
      if (!inside) {
        out[at] = out[at + 1] = out[at + 2] = 0;
        continue;
      }
      x = Math.min(Math.max(x - 0.5, 0), wide - 1);
      y = Math.min(Math.max(y - 0.5, 0), tall - 1);
      const left = Math.floor(x), top = Math.floor(y);
      const fx = x - left, fy = y - top;
      const right = 4 * (Math.min(left + 1, wide - 1) - left);
      const first = 4 * (top * wide + left);
      const second = 4 * (Math.min(top + 1, tall - 1) * wide + left);
      for (let c = 0; c < 3; c++) {
        const above = (1 - fx) * rgba[first + c] + fx * rgba[first + right + c];
        const below = (1 - fx) * rgba[second + c] + fx * rgba[second + right + c];
        out[at + c] = Math.floor((1 - fy) * above + fy * below + 0.5);
      }
    }
  }
  return { out, covered };
}
