import { WebSocketServer, WebSocket } from "../../tests/npm/node_modules/ws/wrapper.mjs";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT) });
const members = new Set();

server.on("connection", (socket, request) => {
  if (request.url === "/broadcast") {
    members.add(socket);
    socket.on("close", () => members.delete(socket));
    socket.on("message", (message, isBinary) => {
      for (const member of members)
        if (member.readyState === WebSocket.OPEN) member.send(message, { binary: isBinary });
    });
  } else {
    socket.on("message", (message, isBinary) => socket.send(message, { binary: isBinary }));
  }
});
