import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Runs with a server that takes connections and says nothing, so that no TLS connection to its `https:` origin ever stands. */
export async function usingSilentServer(use: (origin: string) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the silent server has no port');
  try {
    await use(`https://127.0.0.1:${address.port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
