/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames, one after the other, so that fragments meet: a link type in two bytes, then for each frame its length in two
 * bytes, what the snapshot left out in one, the seconds since the frame before in one, and its bytes. A segment's bytes
 * lie in its frame or in a datagram that was put together; a decoder for one port says the same of those segments.
 */
#include "base/caps.h"
#include "base/mem.h"
#include "pcap/decode.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { PORT = 8305 };

/* Reads each byte, so that the sanitizer sees one that is not there. */
static unsigned touch(struct bytes b)
{
    unsigned sum = 0;
    for (size_t i = 0; i < b.n; i++)
        sum += b.p[i];
    return sum;
}

static bool inside(struct bytes part, const struct packet *p)
{
    return !part.n || (part.p >= p->data && part.p + part.n <= p->data + p->captured);
}

static void check_segment(const struct decoder *d, uint64_t whole, const struct packet *p, const struct tcp_segment *s)
{
    FUZZ_ASSERT(s->frame == p->frame && s->time_ns == p->time_ns);
    FUZZ_ASSERT(s->header.n >= 20 && s->header.n <= 60);
    FUZZ_ASSERT(s->header.p + s->header.n == s->payload.p);
    if (decoder_counts(d)->datagrams_reassembled == whole)
        FUZZ_ASSERT(inside(s->header, p) && inside(s->payload, p));
    else
        FUZZ_ASSERT(s->cut == 0 || s->header.n + s->payload.n <= CAP_FRAGMENT_BYTES);
    enum checksum sum = segment_checksum(s);
    FUZZ_ASSERT(s->cut ? sum == CHECKSUM_UNKNOWN : sum != CHECKSUM_UNKNOWN);
    volatile unsigned sink = touch(s->payload);
    (void)sink;
}

static void check_frame(struct decoder *any, struct decoder *one, const struct packet *p)
{
    struct tcp_segment s = { 0 }, other = { 0 };
    uint64_t whole = decoder_counts(any)->datagrams_reassembled;
    enum decoded what = decoder_packet(any, p, &s), with_port = decoder_packet(one, p, &other);
    if (what != DECODED_TCP) {
        FUZZ_ASSERT(with_port == what || with_port == DECODED_OTHER);
        return;
    }
    check_segment(any, whole, p, &s);
    if (s.from.port == PORT || s.to.port == PORT) {
        FUZZ_ASSERT(with_port == DECODED_TCP && other.sequence == s.sequence && other.payload.n == s.payload.n);
        FUZZ_ASSERT(endpoint_eq(&s.from, &other.from) && endpoint_eq(&s.to, &other.to) && s.cut == other.cut);
    } else {
        FUZZ_ASSERT(with_port == DECODED_OTHER);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(data, size);
    struct decoder *any = decoder_new(0), *one = decoder_new(PORT);
    struct packet p = { .link = cursor_u16(&c) };
    while (cursor_left(&c)) {
        uint16_t length = cursor_u16(&c);
        uint8_t cut = cursor_u8(&c);
        p.time_ns += cursor_u8(&c) * INT64_C(1000000000);
        struct bytes b = cursor_take(&c, length < cursor_left(&c) ? length : cursor_left(&c));
        uint8_t *copy = mem_alloc(b.n ? b.n : 1);
        if (b.n)
            memcpy(copy, b.p, b.n);
        p.data = copy;
        p.captured = (uint32_t)b.n;
        p.length = p.captured + cut;
        p.frame++;
        check_frame(any, one, &p);
        free(copy);
    }
    const struct decoder_counts *n = decoder_counts(any);
    FUZZ_ASSERT(n->datagrams_open <= CAP_FRAGMENT_DATAGRAMS);
    FUZZ_ASSERT(n->datagrams_reassembled + n->datagrams_given_up + n->datagrams_open <= n->fragments);
    decoder_free(any);
    decoder_free(one);
    return 0;
}
