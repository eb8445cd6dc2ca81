/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a capture file, and its packets through the decoder. In one piece or in many, the same packets and the
 * same end; nothing lies outside of what was fed; what is written again is read again.
 */
#include "base/caps.h"
#include "base/mem.h"
#include "pcap/capfile.h"
#include "pcap/decode.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

struct reading {
    uint64_t hash;
    struct err err;
    enum err_code end;
    struct buf again; /* as a nanosecond pcap */
    uint64_t packets;
    uint16_t link;
    bool one_link;
};

static void mix(struct reading *r, uint64_t n)
{
    r->hash = (r->hash ^ n) * 0x100000001b3U;
    r->hash ^= r->hash >> 29;
}

static void mix_bytes(struct reading *r, struct bytes b)
{
    mix(r, b.n);
    for (size_t i = 0; i < b.n; i++) /* each of them is read */
        mix(r, b.p[i]);
}

static void inside(struct bytes part, struct bytes whole)
{
    FUZZ_ASSERT(!part.n || (part.p >= whole.p && part.n <= whole.n && (size_t)(part.p - whole.p) <= whole.n - part.n));
}

static void take(struct reading *r, struct decoder *d, const struct packet *p)
{
    struct tcp_segment s = { 0 };
    struct bytes bytes = { p->data, p->captured };
    FUZZ_ASSERT(p->captured <= p->length && p->captured <= CAP_PACKET_BYTES);
    FUZZ_ASSERT(p->frame == ++r->packets);
    mix_bytes(r, bytes);
    mix(r, p->length);
    mix(r, p->link);
    mix(r, (uint64_t)p->time_ns);
    uint64_t whole = decoder_counts(d)->datagrams_reassembled;
    enum decoded what = decoder_packet(d, p, &s);
    mix(r, what);
    if (what == DECODED_TCP) {
        if (decoder_counts(d)->datagrams_reassembled == whole) {
            inside(s.header, bytes);
            inside(s.payload, bytes);
        }
        mix(r, segment_checksum(&s));
        mix_bytes(r, s.header);
        mix_bytes(r, s.payload);
        mix(r, s.sequence);
        mix(r, s.cut);
    }
    if (!r->again.n) {
        r->link = p->link;
        r->one_link = true;
        capfile_put_header(&r->again, p->link, CAP_PACKET_BYTES);
    }
    r->one_link = r->one_link && p->link == r->link && p->time_ns >= 0 && p->time_ns / 1000000000 <= UINT32_MAX;
    capfile_put_packet(&r->again, p);
}

/* The file in pieces whose sizes come from the seed; 0: in one. */
static struct reading read_file(const uint8_t *data, size_t size, uint32_t seed)
{
    struct reading r = { .hash = 1 };
    struct capfile *f = capfile_new();
    struct decoder *d = decoder_new(0);
    enum capfile_step step = CAPFILE_MORE;
    for (size_t at = 0; at < size && step == CAPFILE_MORE;) {
        struct packet p;
        seed = seed * 1664525 + 1013904223 * (seed != 0);
        size_t n = seed ? (seed >> 20) % 61 + 1 : size;
        n = n < size - at ? n : size - at;
        uint8_t *piece = mem_alloc(n);
        memcpy(piece, data + at, n);
        capfile_feed(f, piece, n);
        while ((step = capfile_next(f, &p, &r.err)) == CAPFILE_PACKET)
            take(&r, d, &p);
        free(piece);
        at += n;
    }
    r.end = capfile_end(f, &r.err);
    FUZZ_ASSERT(step != CAPFILE_BROKEN || r.end == ERR_DATA);
    FUZZ_ASSERT(capfile_frames(f) == r.packets);
    mix(&r, capfile_dropped(f));
    uint64_t sum = 0;
    for (int i = 0; i < DECODED_KINDS; i++)
        sum += decoder_counts(d)->frames[i];
    FUZZ_ASSERT(sum == r.packets);
    FUZZ_ASSERT(decoder_counts(d)->datagrams_open <= CAP_FRAGMENT_DATAGRAMS);
    decoder_free(d);
    capfile_free(f);
    return r;
}

static void check_written(const struct reading *r)
{
    if (!r->one_link)
        return;
    struct reading again = read_file((const uint8_t *)r->again.p, r->again.n, 0);
    FUZZ_ASSERT(again.end == ERR_OK && again.packets == r->packets);
    FUZZ_ASSERT(again.again.n == r->again.n && !memcmp(again.again.p, r->again.p, r->again.n));
    buf_clear(&again.again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading whole = read_file(data, size, 0), pieces = read_file(data, size, (uint32_t)size + 1);
    FUZZ_ASSERT(whole.hash == pieces.hash && whole.packets == pieces.packets && whole.end == pieces.end);
    FUZZ_ASSERT(whole.end == ERR_OK || !strcmp(whole.err.text, pieces.err.text));
    FUZZ_ASSERT(!whole.packets || capfile_magic((struct bytes){ data, size < 8 ? size : 8 }));
    check_written(&whole);
    buf_clear(&whole.again);
    buf_clear(&pieces.again);
    return 0;
}
