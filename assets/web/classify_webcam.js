// A photo from the camera of the visitor's own machine; it is asked for only when its button is pressed.

import { add, button } from "./controls.js";

/** Open the camera in a dialog. Resolves to a Blob (JPEG), or null where the visitor leaves; rejects where there is no camera. */
export async function snap(parent, words) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 960 } } });
  const dialog = add(parent, "dialog", "gb-webcam");
  dialog.setAttribute("aria-label", words.webcam);
  try {
    const video = add(dialog, "video");
    Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
    const line = add(dialog, "div", "gb-row");
    const taken = new Promise((resolve) => {
      button(line, words.webcam_take, () => resolve(shot(video)), "gb-button gb-main");
      button(line, words.webcam_leave, () => resolve(null));
      dialog.addEventListener("close", () => resolve(null)); // the Escape key
    });
    dialog.showModal();
    await video.play();
    return await taken;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    dialog.remove();
  }
}

function shot(video) {
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
}
