interface Event<Value> {
  readonly timeMs: number;
  readonly value: Value;
}

/** What happens later, the earliest first: a binary heap. */
export class EventQueue<Value> {
  readonly #heap: Event<Value>[] = [];

  push(timeMs: number, value: Value): void {
    const heap = this.#heap;
    const event = { timeMs, value };
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || parent.timeMs <= timeMs) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  /** @returns the earliest event, if it is not after `untilMs`. */
  takeUntil(untilMs: number): Event<Value> | undefined {
    const heap = this.#heap;
    const [first] = heap;
    if (first === undefined || first.timeMs > untilMs) return undefined;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts an event where the first one was, and down to its place. */
  #sink(event: Event<Value>): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = heap[leftIndex];
      const right = heap[leftIndex + 1];
      if (left === undefined) break;
      const [child, childIndex] =
        right !== undefined && right.timeMs < left.timeMs ? [right, leftIndex + 1] : [left, leftIndex];
      if (child.timeMs >= event.timeMs) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = event;
  }
}
