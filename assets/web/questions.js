// One question at a time: the next one goes out when the one before has its answer, and each is a promise of its own.

/** The talk of a widget whose every answer counts; `words`: lost (no answer came) and failed (something broke). */
export class Questions {
  constructor(emit, words, lostMs) {
    Object.assign(this, { emit, words, lostMs, seq: 0, waiting: null, tail: Promise.resolve() });
  }

  /** Ask; the promise is the answer, or fails with the server's sentence. */
  ask(event, detail) {
    const one = () =>
      new Promise((take, fail) => {
        const seq = (this.seq += 1);
        const timer = setTimeout(() => fail(new Error(this.words.lost)), this.lostMs);
        const end = (then) => (value) => {
          clearTimeout(timer);
          this.waiting = null;
          then(value);
        };
        this.waiting = { seq, take: end(take), fail: end(fail) };
        this.emit(event, { ...detail, seq });
      });
    this.tail = this.tail.then(one, one);
    return this.tail;
  }

  /** Take what the server sent: {seq, ...}, {seq, said: a sentence instead of an answer}, or {failed}. */
  update(answer) {
    const { waiting } = this;
    if (answer.failed) waiting?.fail(new Error(this.words.failed));
    if (!waiting || answer.seq !== waiting.seq) return;
    if (answer.said) waiting.fail(new Error(answer.said));
    else waiting.take(answer);
  }

  /** The question under way fails, as its file could not be sent. */
  fail(error) {
    this.waiting?.fail(error);
  }
}
