// One question at a time: of what is asked meanwhile only the newest of each kind waits, and the last always goes out.

const LOST_MS = 20000; // a question without an answer for so long is given up

export class Line {
  /** emit(event, detail) sends; order: the events that may be asked, those first that go first; lost: ms after which a question is given up. */
  constructor(emit, order, clock = globalThis, lost = LOST_MS) {
    this.emit = emit;
    this.order = order;
    this.lost = lost;
    this.clock = clock;
    this.seq = 0;
    this.waiting = new Map();
    this.busy = null;
  }

  /** Ask; an older waiting question of the same kind is dropped. */
  ask(event, detail) {
    this.waiting.set(event, detail);
    this.next();
  }

  /** Whether nothing is asked and nothing waits. */
  get quiet() {
    return !this.busy && !this.waiting.size;
  }

  /** Forget what waits of a kind. */
  drop(event) {
    this.waiting.delete(event);
  }

  next() {
    if (this.busy) return;
    const event = this.order.find((one) => this.waiting.has(one));
    if (!event) return;
    const detail = this.waiting.get(event);
    this.waiting.delete(event);
    this.seq += 1;
    const seq = this.seq;
    this.busy = { event, seq, detail, timer: this.clock.setTimeout(() => this.give(seq), this.lost) };
    this.emit(event, { ...detail, seq });
  }

  /** Take the news that a question still waits, in somebody else's line: it is not given up meanwhile. Returns whether it is ours. */
  hold({ seq }) {
    if (this.busy?.seq !== seq) return false;
    this.clock.clearTimeout(this.busy.timer);
    this.busy.timer = this.clock.setTimeout(() => this.give(seq), this.lost);
    return true;
  }

  give(seq) {
    if (this.busy?.seq !== seq) return;
    this.busy = null;
    this.next();
  }

  /** Take an answer: returns the question it belongs to, or null for one that nobody waits for any more. */
  take(answer) {
    if (this.busy?.seq !== answer.seq) return null;
    const { detail, timer } = this.busy;
    this.clock.clearTimeout(timer);
    this.busy = null;
    this.clock.setTimeout(() => this.next(), 0); // after the answer was used, which may ask anew
    return detail;
  }

  stop() {
    if (this.busy) this.clock.clearTimeout(this.busy.timer);
    this.waiting.clear();
  }
}
