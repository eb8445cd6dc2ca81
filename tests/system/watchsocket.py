#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""watch tells UNIX datagram sockets, whose queue is short."""

import os
import socket
import time

import tap
import watching
import watchload


@tap.test
def comes_again(folder):
    """who reads nothing for a while gets all of it as soon as he reads, not ten events every two seconds"""
    data, truth = watchload.known(folder, size="400K")
    tap.write(os.path.join(folder, "messages"), data + watching.flush_lines(truth))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        path = os.path.join(folder, "s")
        s.bind(path)
        w = watching.Watch(folder, options=["--from", "beginning", "-o", "ndjson=unixgram:" + path])
        w.until_attempts(truth["attempts"])  # in the file
        told = len(w.events)
        assert told > 200, told
        end, got = time.monotonic() + 0.02 * watching.SLOW * told, []  # a tenth of what a queue per tick would take
        while len(got) < told:
            s.settimeout(max(0.001, end - time.monotonic()))
            got.append(s.recv(1 << 20))
        assert all(b'{"seq":%d,' % (i + 1) in event for i, event in enumerate(got)), got[:3]
        w.end()


if __name__ == "__main__":
    tap.main()
