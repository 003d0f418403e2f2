// From the host-free widgets of assets/web to Streamlit: one component, called at every run of the page with what Python has now.
//
// data: { widget: its name, empty: the value to mount it with, or null where it should be there, answers: [[serial, value]] not seen yet,
//         heard: [sender, n], said: [serial, sentence], busy: more will come, words: {widget_failed, upload_failed},
//         most: bytes of the largest file that is taken }
// Python is sent { sender, seen: serial of the newest answer here, lacking: nothing is mounted, letters: [{n, event, detail}] }: all letters that
// were not heard yet, since of two that are sent during one run of the page only the later one arrives. A File in a detail goes as
// {name, content: base64}.

let free = Promise.resolve(); // when the next letter may go: Streamlit sends what comes in one tick together, and would draw one widget only

class Box {
  constructor(host) {
    Object.assign(this, { host, sender: Math.random().toString(36).slice(2), letters: [], count: 0, seen: 0, spoken: 0, last: Promise.resolve() });
  }

  take(data, post) {
    Object.assign(this, { data, post });
    document.body.classList.toggle("dark", isDark(this.host));
    const [sender, n] = data.heard;
    if (sender === this.sender) this.letters = this.letters.filter((letter) => letter.n > n);
    if (this.widget) this.update();
    else if (data.empty) this.coming ??= this.mount(data);
    else if (!this.coming) return this.write(); // mounted anew while Python thinks of the widget before
    if (data.busy) this.write(); // come back for the rest
  }

  write() {
    free = free.then(() => {
      if (this.closed) return undefined;
      this.post({ sender: this.sender, seen: this.seen, lacking: !this.coming, letters: this.letters });
      return new Promise((resolve) => setTimeout(resolve));
    });
  }

  async mount({ widget, empty }) {
    try {
      const load = globalThis.glassbox ?? (await bundled());
      const module = await load(widget);
      if (this.closed) return;
      this.widget = module.default(this.host, empty, (event, detail) => this.send(event, detail));
      this.update();
    } catch (error) {
      this.host.textContent = this.data.words.widget_failed;
      console.warn(error);
    }
  }

  update() {
    for (const [serial, value] of this.data.answers) {
      if (serial <= this.seen) continue;
      this.seen = serial;
      this.widget.update(value);
    }
    const [serial, sentence] = this.data.said;
    if (serial > this.spoken) {
      this.spoken = serial;
      this.say(sentence);
    }
  }

  say(sentence) {
    this.host.dispatchEvent(new CustomEvent("gb-say", { bubbles: true, cancelable: true, detail: sentence }));
  }

  /** Letters go in the order in which they were emitted, however long a file takes to read. */
  send(event, detail) {
    this.last = this.last.then(async () => {
      try {
        this.letters.push({ n: (this.count += 1), event, detail: await packed(detail, this.data.most) });
        this.write();
      } catch (error) {
        console.warn(error);
        this.say(this.data.words.upload_failed);
      }
    });
  }

  close() {
    this.closed = true;
    this.widget?.destroy();
  }
}

/** What bundle.py brings, where this came first. */
const bundled = () => new Promise((resolve) => addEventListener("glassbox", () => resolve(globalThis.glassbox), { once: true }));

/** What a widget emitted, its file as text. */
async function packed(detail, most) {
  const file = detail instanceof Blob ? detail : detail?.file;
  if (!(file instanceof Blob)) return detail;
  if (file.size > most) throw new Error(`a file of ${file.size} bytes`);
  const { file: _, ...rest } = detail instanceof Blob ? {} : detail;
  const content = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
  return { ...rest, file: { name: file.name ?? "picture.png", content } };
}

/** Whether Streamlit shows its dark theme; it says the ground's colour only. */
function isDark(host) {
  const colour = /^#(..)(..)(..)/.exec(getComputedStyle(host).getPropertyValue("--st-background-color").trim());
  return colour !== null && colour.slice(1).reduce((sum, part) => sum + Number.parseInt(part, 16), 0) < 3 * 128;
}

export default function adapt({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".gb-widget");
  const box = (host.glassbox ??= new Box(host));
  box.take(data, (letter) => setTriggerValue("letter", letter));
  return () => box.close(); // Streamlit calls this when the component leaves the page
}
