// Where the Detect tab's photo comes from: a file, a drop, a paste, the camera, an example.

import { add, button } from "./controls.js";

/** Build the row; `choose({file, name} | {example} | {truth})` is called with what a person took or dropped. Returns { destroy }. */
export function source(parent, drop, words, examples, choose) {
  const row = add(parent, "div", "gb-source");
  const label = add(row, "label", "gb-button gb-main gb-file", words.choose);
  const input = add(label, "input");
  Object.assign(input, { type: "file", accept: "image/*" });
  input.addEventListener("change", () => {
    if (input.files[0]) choose({ file: input.files[0], name: input.files[0].name });
    input.value = "";
  });
  const tiles = add(row, "div", "gb-tiles");
  for (const one of examples) {
    const tile = button(tiles, "", () => choose({ example: one.key }), "gb-tile");
    const image = add(tile, "img");
    Object.assign(image, { src: one.url, alt: one.title, loading: "lazy" });
    tile.title = `${one.title}. ${one.credit}`;
  }
  const stopCamera = navigator.mediaDevices?.getUserMedia ? camera(row, label, words, choose) : () => {};

  const files = (data) => [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));
  const over = (event) => event.preventDefault();
  const dropped = (event) => {
    event.preventDefault();
    const file = files(event.dataTransfer);
    const truth = [...event.dataTransfer.files].find((one) => /\.json$/i.test(one.name));
    if (file) choose({ file, name: file.name });
    else if (truth) choose({ truth });
  };
  const pasted = (event) => {
    const file = files(event.clipboardData);
    if (file && drop.offsetParent) choose({ file, name: file.name });
  };
  const given = ({ detail }) => choose(detail); // from another tab (visit.js)
  drop.dataset.takes = "detect";
  drop.addEventListener("gb-take", given);
  drop.addEventListener("dragover", over);
  drop.addEventListener("drop", dropped);
  document.addEventListener("paste", pasted);
  return {
    destroy() {
      stopCamera();
      drop.removeEventListener("gb-take", given);
      drop.removeEventListener("dragover", over);
      drop.removeEventListener("drop", dropped);
      document.removeEventListener("paste", pasted);
    },
  };
}

function camera(row, after, words, choose) {
  let stream = null;
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  const open = button(row, words.camera, () => (stream ? take() : start()));
  after.after(open);
  const close = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.remove();
    open.textContent = words.camera;
  };
  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      open.textContent = words.camera_refused;
      return;
    }
    video.srcObject = stream;
    row.append(video);
    await video.play();
    open.textContent = words.camera_take;
  }
  function take() {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    close();
    canvas.toBlob((blob) => choose({ file: new File([blob], "camera.png", { type: "image/png" }), name: "camera.png" }), "image/png");
  }
  return close;
}
