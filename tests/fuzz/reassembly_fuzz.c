/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments: a byte of ways, then either two streams of bytes, which must give the same facts however they are cut,
 * ordered, repeated and overlapped (eight bytes of seed, two of the client's length, the bytes); or segments as they
 * come, eight bytes each: direction and flags, sequence, acknowledged, length.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/scramble.h"

#include <string.h>

static void same_facts(struct cursor *c)
{
    uint64_t seed = cursor_u64(c);
    size_t client = cursor_u16(c);
    if (c->failed || cursor_left(c) > 32768)
        return;
    if (client > cursor_left(c))
        client = cursor_left(c);
    struct bytes stream[2] = { cursor_take(c, client), cursor_rest(c) };
    struct talk straight = { 0 }, random = { 0 };
    scramble_straight(&straight, stream, SCRAMBLE_ANY);
    scramble_random(&random, stream, SCRAMBLE_ANY, seed);
    FUZZ_ASSERT(!strcmp(talk_end(&straight), talk_end(&random)));
    talk_clear(&straight);
    talk_clear(&random);
}

/* The far bits of a number: near its stream's beginning, elsewhere, and over the wrap. */
static uint32_t number(uint16_t n)
{
    static const uint32_t far[] = { 0, 0, 0x10000, 0x800000, 0x7fff0000, 0xfff00000, 0x40000000, 0 };
    return far[n >> 13] + (n & 0x1fff);
}

static void any_segments(struct cursor *c)
{
    static uint8_t bytes[65536];
    struct talk t = { 0 };
    talk_begin(&t);
    for (unsigned i = 0; i < 4000 && cursor_left(c) >= 8; i++) {
        uint8_t way = cursor_u8(c), flags = cursor_u8(c);
        uint32_t sequence = number(cursor_u16(c)), acknowledged = number(cursor_u16(c));
        size_t n = cursor_u16(c);
        n = way & 2 ? n : n % 64;
        t.port = (uint16_t)(40000 + (way >> 5));
        struct bytes inside = { bytes, n };
        if (way & 4 && n <= cursor_left(c))
            inside = cursor_take(c, n);
        struct tcp_segment s = talk_at(&t, way & 1 ? SIDE_SERVER : SIDE_CLIENT, sequence, inside.p, inside.n);
        s.flags = flags;
        s.acknowledged = acknowledged + t.isn[way & 1 ? 0 : 1];
        s.checksum = way & 8 ? CHECKSUM_BAD : CHECKSUM_GOOD;
        s.cut = way & 16 ? flags : 0;
        t.time_ns += way & 24 ? 0 : 1000000000;
        talk_put(&t, s);
    }
    (void)talk_end(&t);
    talk_clear(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(data, size);
    if (cursor_u8(&c) & 1)
        any_segments(&c);
    else
        same_facts(&c);
    return 0;
}
