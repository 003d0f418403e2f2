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
  const [m0, m1, m2, m3, m4, m5] = matrix;
  const across = Float64Array.from({ length: width }, (_, column) => m0 * (column + 0.5)); // the same for every row
  const down = Float64Array.from({ length: width }, (_, column) => m3 * (column + 0.5));
  for (let row = 0, pixel = 0, at = 0; row < height; row++) {
    const rowX = m1 * (row + 0.5), rowY = m4 * (row + 0.5);
    for (let column = 0; column < width; column++, pixel++, at += 4) {
      let x = across[column] + rowX + m2;
      let y = down[column] + rowY + m5;
      const inside = x >= 0 && x < wide && y >= 0 && y < tall;
      covered[pixel] = inside ? 1 : 0;
      out[at + 3] = 255;
      if (!inside) {
        out[at] = out[at + 1] = out[at + 2] = 0;
        continue;
      }
      x = Math.min(Math.max(x - 0.5, 0), wide - 1);
      y = Math.min(Math.max(y - 0.5, 0), tall - 1);
      const left = Math.floor(x), top = Math.floor(y);
      const fx = x - left, fy = y - top, gx = 1 - fx, gy = 1 - fy;
      const right = left + 1 < wide ? 4 : 0;
      const first = 4 * (top * wide + left);
      const second = top + 1 < tall ? first + 4 * wide : first;
      for (let c = 0; c < 3; c++) {
        const above = gx * rgba[first + c] + fx * rgba[first + right + c];
        const below = gx * rgba[second + c] + fx * rgba[second + right + c];
        out[at + c] = Math.floor(gy * above + fy * below + 0.5);
      }
    }
  }
  return { out, covered };
}
