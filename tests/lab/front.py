# SPDX-License-Identifier: BSD-2-Clause
"""What stands between a client and an appliance's sshd: a TCP proxy that can delay, throttle, stall, cut or refuse, changed at any time.

One thread serves all appliances of a lab. Byte counts are per direction: "to" the appliance, "from" it, or "both" added up."""

import asyncio
import contextlib
import ctypes
import os
import socket
import struct
import threading

CLONE_NEWNET = 0x40000000
CHUNK = 16384
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def network_of(pid):
    """This thread is in the network namespace of that process meanwhile. None: where it is."""
    if pid is None:
        yield
        return
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        if _libc.setns(own, CLONE_NEWNET):
            os._exit(70)  # nothing may go on in a namespace that isn't its own
        os.close(own)
        os.close(there)


class Link:
    """How the line to one appliance behaves, for connections that carry bytes from now on."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.delay = 0.0        # seconds, each way
        self.rate = 0           # bytes a second each way; 0: as they come
        self.refuse = False     # a connection is closed at once
        self.stall_at = None    # no byte passes behind this one, and nothing is closed
        self.cut_at = None      # the connection is reset behind this byte
        self.side = "from"      # which bytes stall_at and cut_at count
        self.only = None        # so many connections are stalled or cut, later ones are not
        return self

    def limit(self, connection):
        """The byte at which something happens to this connection, and whether it is a cut; (None, False): nothing"""
        at = self.cut_at if self.cut_at is not None else self.stall_at
        if at is None:
            return None, False
        if connection.chosen is None:
            connection.chosen = self.only is None or self.only > 0
            if connection.chosen and self.only is not None:
                self.only -= 1
        return (at, self.cut_at is not None) if connection.chosen else (None, False)


class Connection:
    """One that a client made: what passed so far, and why it ended."""

    def __init__(self):
        self.passed = {"to": 0, "from": 0}
        self.chosen = None
        self.ended = None   # "closed", "cut"
        self.writers = []

    def counted(self, side):
        return sum(self.passed.values()) if side == "both" else self.passed[side]

    def cut(self):
        self.ended = "cut"
        for w in self.writers:
            s = w.get_extra_info("socket")
            if s is not None and s.fileno() >= 0:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            w.transport.abort()


class Front:
    """The proxy of one appliance."""

    def __init__(self, fronts, listen, behind, pid, wake=None):
        self.fronts, self.listen, self.behind, self.pid, self.wake = fronts, listen, behind, pid, wake
        self.link, self.connections, self.server = Link(), [], None

    async def open(self):
        with network_of(self.pid):
            s = socket.socket(proto=socket.IPPROTO_TCP)  # or asyncio would leave Nagle on
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(self.listen)
        self.server = await asyncio.start_server(self.serve, sock=s, backlog=256)

    async def shut(self):
        self.server.close()
        for c in self.connections:
            if not c.ended:
                c.cut()

    async def serve(self, reader, writer):
        c = Connection()
        c.writers.append(writer)
        self.connections.append(c)
        if self.link.refuse:
            return c.cut()
        try:
            if self.wake:
                await asyncio.get_running_loop().run_in_executor(None, self.wake)
            with network_of(self.pid):
                s = socket.socket(proto=socket.IPPROTO_TCP)
            s.setblocking(False)
            await asyncio.get_running_loop().sock_connect(s, self.behind)
            behind_reader, behind_writer = await asyncio.open_connection(sock=s)
        except OSError:
            return c.cut()
        c.writers.append(behind_writer)
        await asyncio.gather(self.pump(c, "to", reader, behind_writer), self.pump(c, "from", behind_reader, writer))
        c.ended = c.ended or "closed"
        return None

    async def pump(self, c, side, reader, writer):
        """Bytes are read as they come and sent when their time has come, so that a delay does not slow them down."""
        queue = asyncio.Queue(64)
        sender = asyncio.ensure_future(self.send(c, side, queue, writer))
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(CHUNK):
                await queue.put((loop.time() + self.link.delay, data))
        except OSError:
            pass
        await queue.put((loop.time() + self.link.delay, b""))
        await sender

    async def send(self, c, side, queue, writer):
        loop = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            try:
                if c.ended or not data:
                    if not c.ended and writer.can_write_eof():
                        writer.write_eof()
                    return
                while data:
                    data = await self.pass_on(c, side, data, writer)
            except OSError:
                return

    async def pass_on(self, c, side, data, writer):
        """Some of it; gives back what is left."""
        step = max(1, self.link.rate // 20) if self.link.rate else len(data)
        at, cuts = self.link.limit(c)
        counts = at is not None and self.link.side in (side, "both")
        room = max(0, at - c.counted(self.link.side)) if counts else len(data)
        now, rest = data[:min(step, room)], data[min(step, room):]
        if now:
            writer.write(now)
            c.passed[side] += len(now)
            await writer.drain()
        if self.link.rate:
            await asyncio.sleep(len(now) / self.link.rate)
        if counts and c.counted(self.link.side) >= at:
            if cuts:
                c.cut()
                return b""
            while not c.ended and self.link.limit(c)[0] == at:  # until the fault is taken away, or somebody leaves
                await asyncio.sleep(0.02)
        return rest


class Fronts:
    """The thread, and the fronts in it."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.all = []

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def open(self, listen, behind, pid=None, wake=None):
        """pid: in whose network both addresses are. wake: called before the first byte goes to what may not have been started yet."""
        front = Front(self, listen, behind, pid, wake)
        self.call(front.open())
        self.all.append(front)
        return front

    def shut(self, front):
        self.call(front.shut())

    def close(self):
        for front in self.all:
            self.shut(front)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(30)
