/** Lets what is ready happen: sockets of this process are read and written in turns of the event loop. */
export async function takeTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
