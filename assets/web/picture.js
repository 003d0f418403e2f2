// A picture of the server, ready to be drawn.

/** The picture at an address, decoded; an EncodingError where there is none. */
export async function picture(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
