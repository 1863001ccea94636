import asyncio
import os

import uvloop
import websockets

members = set()


async def serve(socket, path):
    if path == "/broadcast":
        members.add(socket)
        try:
            async for message in socket:
                websockets.broadcast(members, message)
        finally:
            members.remove(socket)
    else:
        async for message in socket:
            await socket.send(message)


async def main():
    async with websockets.serve(serve, "127.0.0.1", int(os.environ["PORT"]), compression=None, ping_interval=None):
        await asyncio.Future()


uvloop.install()
asyncio.run(main())
