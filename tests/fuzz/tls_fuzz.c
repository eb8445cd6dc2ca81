/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What two ends sent, to facts: a byte of ways, the length of the client's bytes (two bytes), these, and the server's.
 * However the bytes are cut into segments, the facts are the same; a hole may be anywhere.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/scramble.h"

#include <string.h>

enum { WAY_NO_SYN = 1, WAY_PLAINTEXT = 2, WAY_HOLE = 4, WAY_CUT = 8, WAY_END = 16 };

/* All of it, but for a hole behind the first part; in pieces. */
static void send_stream(struct talk *t, enum side from, struct bytes b, unsigned ways, size_t piece)
{
    size_t hole = ways & (WAY_HOLE | WAY_CUT) ? b.n / 3 : b.n, after = hole + (b.n - hole) / 4;
    for (size_t at = 0; at < b.n; at += piece) {
        size_t n = b.n - at < piece ? b.n - at : piece;
        struct tcp_segment s = talk_at(t, from, at, b.p + at, n);
        if (at < after && at + n > hole) {
            if (!(ways & WAY_CUT))
                continue;
            s.payload.n = n / 2;
            s.cut = (uint32_t)(n - n / 2);
        }
        t->time_ns -= 999000; /* how many pieces there are shall not matter for what is early */
        talk_put(t, s);
    }
    t->sent[from] = b.n;
}

static void talk_through(struct talk *t, const struct bytes stream[2], unsigned ways, size_t piece)
{
    t->after_plaintext = ways & WAY_PLAINTEXT;
    talk_begin(t);
    if (!(ways & WAY_NO_SYN))
        talk_open(t);
    send_stream(t, SIDE_CLIENT, stream[0], ways, piece);
    send_stream(t, SIDE_SERVER, stream[1], ways, piece);
    if (ways & WAY_END)
        talk_flag(t, SIDE_CLIENT, TCP_RST);
    (void)talk_end(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = { 1, 7, 100, 1400 };
    struct cursor c = cursor_of(data, size);
    unsigned ways = cursor_u8(&c);
    size_t client = cursor_u16(&c);
    if (c.failed || size > 65536)
        return 0;
    if (client > cursor_left(&c))
        client = cursor_left(&c);
    struct bytes stream[2] = { cursor_take(&c, client), cursor_rest(&c) };
    struct talk once = { 0 }, again = { 0 };
    talk_through(&once, stream, ways, pieces[ways >> 6]);
    if (!(ways & (WAY_NO_SYN | WAY_PLAINTEXT | WAY_HOLE | WAY_CUT))) {
        talk_through(&again, stream, ways, 16384);
        FUZZ_ASSERT(once.out.n == again.out.n && !memcmp(once.out.p, again.out.p, once.out.n));
        talk_clear(&again);
    }
    talk_clear(&once);
    return 0;
}
