// WebSocket clients by npm's `ws`, told what to do: one JSON object a line, each way.
import readline from "node:readline";

import { WebSocket } from "ws";

class Client {
  events = []; // what came and was not asked for yet
  waiting = null; // who asks for the next one

  tell(event) {
    if (this.waiting) this.waiting(event);
    else this.events.push(event);
    this.waiting = null;
  }

  next() {
    return this.events.length > 0 ? this.events.shift() : new Promise((resolve) => (this.waiting = resolve));
  }

  open({ url, protocols, origin, headers, deflate }) {
    const socket = new WebSocket(url, protocols, { origin, headers, perMessageDeflate: deflate, maxPayload: 1 << 24 });
    let lines = [];
    this.socket = socket;
    socket.on("message", (data, isBinary) =>
      this.tell(isBinary ? { binary: data.toString("base64") } : { text: data.toString() }));
    socket.on("pong", (data) => this.tell({ pong: data.toString() }));
    socket.on("close", (code, reason) => this.tell({ close: [code, reason.toString()] }));
    socket.on("upgrade", (response) => (lines = response.rawHeaders));
    return new Promise((resolve) => {
      socket.on("open", () =>
        resolve({ headers: lines, protocol: socket.protocol, extensions: socket.extensions }));
      socket.on("unexpected-response", (request, response) => {
        request.destroy();
        resolve({ refused: response.statusCode });
      });
      socket.on("error", (error) => resolve({ error: error.message }));
    });
  }

  send({ text, binary }) {
    this.socket.send(text ?? Buffer.from(binary, "base64"));
  }

  ping({ payload }) {
    this.socket.ping(payload);
  }

  close({ code, reason }) {
    this.socket.close(code, reason);
  }

  stop() {
    this.socket.terminate();
  }
}

const clients = new Map();

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { client: name, do: doing, ...more } = JSON.parse(line);
  if (!clients.has(name)) clients.set(name, new Client());
  const answer = await clients.get(name)[doing](more);
  process.stdout.write(JSON.stringify(answer ?? {}) + "\n");
}
