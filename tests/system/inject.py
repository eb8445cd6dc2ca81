#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""inject.py INTERFACE FILE SECONDS: sends the frames of a nanosecond pcap (capgen's) evenly over so many seconds."""

import select
import socket
import struct
import sys
import time

EVERY = 64  # frames between two looks at the clock


def frames(path):
    with open(path, "rb") as f:
        data = f.read()
    at, out = 24, []
    while at + 16 <= len(data):
        kept = struct.unpack_from("<I", data, at + 8)[0]
        out.append(memoryview(data)[at + 16:at + 16 + kept])
        at += 16 + kept
    return out


def main():
    interface, path, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 << 20)
    s.bind((interface, 0))
    all_frames = frames(path)
    start = time.monotonic()
    for i, frame in enumerate(all_frames):
        if i % EVERY == 0:
            ahead = start + i / len(all_frames) * seconds - time.monotonic()
            if ahead > 0.001:
                select.select([], [], [], ahead)
        s.send(frame)
    print(f"{len(all_frames)} frames in {time.monotonic() - start:.2f} s")


if __name__ == "__main__":
    main()
