// A page at rest asks for no frames. Gradio's sign of loading asks for one after the other to count tenths of a second, and is taken off the page
// without being stopped (6.31): the page would work sixty times a second for ever, a fifth of a core where no GPU helps.
// Loaded before Gradio's modules, which keep `requestAnimationFrame` as they find it. A classic script, for a module would come too late.

(() => {
  const GRACE_MS = 3000; // after the page stands: what is still moving of its coming ends by itself
  const ask = window.requestAnimationFrame.bind(window);
  let chain = null; // of the callback that runs: since when it has asked for one frame after the other
  let ended = -Infinity; // chains that began before get no more frames

  window.requestAnimationFrame = (work) => {
    const since = chain ?? performance.now();
    if (since < ended) return 0;
    return ask((now) => {
      const outer = chain;
      chain = since;
      try {
        work(now);
      } finally {
        chain = outer;
      }
    });
  };

  const onPage = () => {
    const stood = performance.now();
    setTimeout(() => {
      ended = stood;
    }, GRACE_MS);
  };
  document.addEventListener("gb-page", onPage, { once: true });
})();
