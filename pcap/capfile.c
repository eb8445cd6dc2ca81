/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/capfile.h"

#include "base/caps.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_MICRO 0xa1b2c3d4U
#define MAGIC_NANO 0xa1b23c4dU
#define MAGIC_MODIFIED 0xa1b2cd34U /* Kuznetsov's patch of 1999: longer record headers */
#define MAGIC_SECTION 0x0a0d0d0aU  /* pcapng's section header block: the same in either byte order */
#define MAGIC_ORDER 0x1a2b3c4dU

#define LONG_PACKET "a packet that is longer than packet-bytes: the file is damaged here"

enum {
    PCAP_HEADER = 24,
    PCAP_RECORD = 16,
    PCAP_RECORD_MODIFIED = 24,
    BLOCK_FRAME = 12, /* type and length in front, the length again behind */
    SECTION_LEAST = 28,
};

enum block {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
};

enum option { OPTION_END = 0, IF_TSRESOL = 9, IF_TSOFFSET = 14, ISB_IFDROP = 5, ISB_OSDROP = 7 };

enum kind { KIND_UNKNOWN, KIND_PCAP, KIND_NG };

struct interface {
    uint16_t link;
    uint32_t snapshot;
    uint8_t resolution; /* if_tsresol: a negative power of ten, or of two with the top bit */
    int64_t offset_s;
    uint64_t dropped;
};

struct capfile {
    struct cursor window; /* what was fed and is not looked at yet */
    uint8_t *held;        /* the beginning of something that goes on in the next piece */
    size_t held_n, held_capacity;
    bool held_used;   /* all of it was handed out */
    uint64_t skip;    /* bytes to be passed over */
    uint64_t offset;  /* in the file, of what is looked at next */
    uint64_t trailer; /* length that a block passed over must end with; 0: none */
    enum kind kind;
    bool little, lengths_swapped;
    uint32_t record, fraction_ns; /* pcap: bytes of a record's header, nanoseconds of its fraction's unit */
    uint16_t link;                /* pcap */
    struct interface *interfaces; /* pcapng, of this section */
    size_t interface_count, interface_capacity;
    uint64_t frames, dropped; /* dropped: of the sections before this one */
    bool broken;
    struct err err;
};

static bool pcap_magic(uint32_t magic)
{
    return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_MODIFIED;
}

bool capfile_magic(struct bytes head)
{
    struct cursor c = cursor_of(head.p, head.n);
    uint32_t magic = cursor_u32(&c);
    if (c.failed)
        return false;
    bool little = !pcap_magic(magic) && magic != MAGIC_SECTION;
    if (little)
        magic = __builtin_bswap32(magic);
    if (cursor_left(&c) < 4)
        return pcap_magic(magic) || magic == MAGIC_SECTION;
    if (pcap_magic(magic))
        return cursor_u16_in(&c, little) == 2;
    uint32_t length = cursor_u32(&c), other = __builtin_bswap32(length);
    uint32_t least = length < other ? length : other;
    return magic == MAGIC_SECTION && least >= SECTION_LEAST && least <= CAP_CAPTURE_BLOCK_BYTES;
}

struct capfile *capfile_new(void)
{
    return mem_zalloc(1, sizeof(struct capfile));
}

void capfile_free(struct capfile *f)
{
    if (!f)
        return;
    free(f->held);
    free(f->interfaces);
    free(f);
}

void capfile_feed(struct capfile *f, const void *p, size_t n)
{
    f->window = cursor_of(p, n);
}

/* ---- bytes ---- */

static enum capfile_step broken(struct capfile *f, const char *what)
{
    f->broken = true;
    err_set(&f->err, ERR_DATA, "byte %" PRIu64 ", after frame %" PRIu64 ": %s", f->offset, f->frames, what);
    return CAPFILE_BROKEN;
}

static void hold(struct capfile *f, size_t n)
{
    struct bytes b = cursor_take(&f->window, n);
    if (!b.n)
        return;
    f->held = mem_grow(f->held, &f->held_capacity, f->held_n + b.n, 1);
    memcpy(f->held + f->held_n, b.p, b.n);
    f->held_n += b.n;
}

/*
 * The next n bytes, where they lie if they lie together; false when they are not all there yet. They stay next until
 * consume() is called.
 */
static inline bool gather(struct capfile *f, size_t n, struct cursor *c)
{
    size_t left = cursor_left(&f->window);
    if (__builtin_expect(!f->held_n && left >= n, 1)) {
        *c = cursor_of(f->window.at, n);
        return true;
    }
    if (f->held_n < n)
        hold(f, n - f->held_n < left ? n - f->held_n : left);
    if (f->held_n < n)
        return false;
    *c = cursor_of(f->held, n);
    return true;
}

/* n bytes, all that was gathered, are done with; they stay where they are until the next call of feed or next. */
static inline void consume(struct capfile *f, size_t n)
{
    f->offset += n;
    if (f->held_n)
        f->held_used = true;
    else
        cursor_skip(&f->window, n);
}

/* False while there are bytes left to be passed over. */
static bool skipped(struct capfile *f)
{
    size_t left = cursor_left(&f->window), n = f->skip < left ? (size_t)f->skip : left;
    cursor_skip(&f->window, n);
    f->skip -= n;
    f->offset += n;
    return f->skip == 0;
}

/* ---- pcap ---- */

static enum capfile_step pcap_header(struct capfile *f, struct cursor c, uint32_t magic)
{
    uint16_t major = cursor_u16_in(&c, f->little), minor = cursor_u16_in(&c, f->little);
    if (major != 2)
        return broken(f, "a pcap file of an unknown version");
    cursor_skip(&c, 12); /* time zone, precision, snapshot length: none of them binds anybody */
    f->link = (uint16_t)cursor_u32_in(&c, f->little); /* above it: how long a frame check sequence is */
    f->kind = KIND_PCAP;
    f->record = magic == MAGIC_MODIFIED ? PCAP_RECORD_MODIFIED : PCAP_RECORD;
    f->fraction_ns = magic == MAGIC_NANO ? 1 : 1000;
    f->lengths_swapped = minor < 4;
    consume(f, PCAP_HEADER);
    return CAPFILE_PACKET;
}

static enum capfile_step pcap_next(struct capfile *f, struct packet *p)
{
    struct cursor c;
    if (!gather(f, f->record, &c))
        return CAPFILE_MORE;
    uint32_t seconds = cursor_u32_in(&c, f->little), fraction = cursor_u32_in(&c, f->little);
    uint32_t captured = cursor_u32_in(&c, f->little), length = cursor_u32_in(&c, f->little);
    if (f->lengths_swapped && captured > length) { /* programs before 1995 */
        uint32_t other = captured;
        captured = length;
        length = other;
    }
    if (captured > CAP_PACKET_BYTES)
        return broken(f, LONG_PACKET);
    if (!gather(f, f->record + captured, &c))
        return CAPFILE_MORE;
    cursor_skip(&c, f->record);
    struct bytes data = cursor_rest(&c);
    *p = (struct packet){ .data = data.p,
        .captured = captured,
        .length = length > captured ? length : captured,
        .link = f->link,
        .frame = ++f->frames,
        .time_ns = (int64_t)seconds * 1000000000 + (int64_t)fraction * f->fraction_ns };
    consume(f, f->record + captured);
    return CAPFILE_PACKET;
}

/* ---- pcapng ---- */

static uint64_t power_of_ten(unsigned n)
{
    uint64_t value = 1;
    while (n--)
        value *= 10;
    return value;
}

/* Units of an interface's clock since its offset, as nanoseconds since 1970; 0 when that is no time, or an earlier one:
 * so the difference of two times of packets is a number, too. */
static int64_t time_ns(const struct interface *i, uint64_t units)
{
    unsigned power = i->resolution & 0x7f;
    uint64_t seconds = 0, ns = 0;
    if (i->resolution & 0x80) {
        seconds = power < 64 ? units >> power : 0;
        ns = power < 64 ? units - (seconds << power) : units;
        unsigned less = power > 32 ? power - 32 : 0; /* of the fraction, 32 bits are kept */
        ns = less < 64 ? ns >> less : 0;
        ns = ns * 1000000000 >> (power - less);
    } else if (power <= 19) {
        uint64_t second = power_of_ten(power);
        seconds = units / second;
        ns = power <= 9 ? units % second * power_of_ten(9 - power) : units % second / power_of_ten(power - 9);
    }
    int64_t sum;
    if (seconds > INT64_MAX || __builtin_add_overflow((int64_t)seconds, i->offset_s, &sum) ||
        __builtin_mul_overflow(sum, 1000000000, &sum) || __builtin_add_overflow(sum, (int64_t)ns, &sum) || sum < 0)
        return 0;
    return sum;
}

/* The next option; false at their end. One that is cut off is the last. */
static bool next_option(struct capfile *f, struct cursor *c, uint16_t *code, struct cursor *value)
{
    *code = cursor_u16_in(c, f->little);
    uint16_t length = cursor_u16_in(c, f->little);
    *value = cursor_child(c, length);
    size_t padding = -length & 3U;
    cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
    return !c->failed && *code != OPTION_END;
}

static bool interface_block(struct capfile *f, struct cursor c)
{
    struct interface i = { .link = cursor_u16_in(&c, f->little), .resolution = 6 };
    cursor_skip(&c, 2);
    i.snapshot = cursor_u32_in(&c, f->little);
    if (c.failed)
        return false;
    uint16_t code;
    struct cursor value;
    while (next_option(f, &c, &code, &value)) {
        if (code == IF_TSRESOL && cursor_left(&value) >= 1)
            i.resolution = cursor_u8(&value);
        else if (code == IF_TSOFFSET && cursor_left(&value) >= 8)
            i.offset_s = (int64_t)cursor_u64_in(&value, f->little);
    }
    f->interfaces = mem_grow(f->interfaces, &f->interface_capacity, f->interface_count + 1, sizeof *f->interfaces);
    f->interfaces[f->interface_count++] = i;
    return true;
}

/* What an interface lost until now: the last such block of an interface counts. */
static void statistics_block(struct capfile *f, struct cursor c)
{
    uint32_t id = cursor_u32_in(&c, f->little);
    cursor_skip(&c, 8);
    if (c.failed || id >= f->interface_count)
        return;
    uint64_t dropped = 0;
    uint16_t code;
    struct cursor value;
    while (next_option(f, &c, &code, &value))
        if ((code == ISB_IFDROP || code == ISB_OSDROP) && cursor_left(&value) == 8)
            dropped += cursor_u64_in(&value, f->little);
    f->interfaces[id].dropped = dropped;
}

/* The packet in a block of one of the three kinds; false when there can't be one. */
static bool packet_block(struct capfile *f, uint32_t type, struct cursor c, struct packet *p)
{
    uint32_t id = 0, captured;
    uint64_t units = 0;
    if (type == BLOCK_ENHANCED)
        id = cursor_u32_in(&c, f->little);
    if (type == BLOCK_PACKET) {
        id = cursor_u16_in(&c, f->little);
        cursor_skip(&c, 2);
    }
    if (id >= f->interface_count)
        return false;
    const struct interface *i = &f->interfaces[id];
    if (type == BLOCK_SIMPLE) {
        captured = p->length = cursor_u32_in(&c, f->little);
        if (i->snapshot && captured > i->snapshot)
            captured = i->snapshot;
        if (captured > cursor_left(&c)) /* a snapshot length that was not said */
            captured = (uint32_t)cursor_left(&c);
    } else {
        units = (uint64_t)cursor_u32_in(&c, f->little) << 32;
        units |= cursor_u32_in(&c, f->little);
        captured = cursor_u32_in(&c, f->little);
        p->length = cursor_u32_in(&c, f->little);
        p->time_ns = time_ns(i, units);
    }
    struct bytes data = cursor_take(&c, captured);
    if (c.failed)
        return false;
    p->data = data.p;
    p->captured = captured;
    if (p->length < captured)
        p->length = captured;
    p->link = i->link;
    p->frame = ++f->frames;
    return true;
}

static uint64_t section_dropped(const struct capfile *f)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < f->interface_count; i++)
        sum += f->interfaces[i].dropped;
    return sum;
}

/* A section begins: its byte order may be another one, and its interfaces are its own. */
static enum capfile_step section(struct capfile *f)
{
    struct cursor c;
    if (!gather(f, BLOCK_FRAME, &c))
        return CAPFILE_MORE;
    cursor_skip(&c, 4);
    uint32_t length = cursor_u32(&c), order = cursor_u32(&c);
    if (order != MAGIC_ORDER && __builtin_bswap32(order) != MAGIC_ORDER)
        return broken(f, "a pcapng section without its byte-order mark");
    bool little = order != MAGIC_ORDER;
    if (little)
        length = __builtin_bswap32(length);
    if (length < SECTION_LEAST || length % 4 || length > CAP_CAPTURE_BLOCK_BYTES)
        return broken(f, "a pcapng section whose header has an impossible length");
    if (!gather(f, length, &c))
        return CAPFILE_MORE;
    cursor_skip(&c, BLOCK_FRAME);
    if (cursor_u16_in(&c, little) != 1)
        return broken(f, "a pcapng section of an unknown version");
    cursor_skip(&c, length - BLOCK_FRAME - 2 - 4);
    if (cursor_u32_in(&c, little) != length)
        return broken(f, "a pcapng section whose two lengths differ");
    f->dropped += section_dropped(f);
    f->interface_count = 0;
    f->little = little;
    f->kind = KIND_NG;
    consume(f, length);
    return CAPFILE_PACKET;
}

/* Another block than a section's header; *found when there was a packet in it. */
static enum capfile_step block(struct capfile *f, uint32_t type, uint32_t length, struct packet *p, bool *found)
{
    struct cursor c;
    if (!gather(f, length, &c))
        return CAPFILE_MORE;
    cursor_skip(&c, 8);
    struct cursor body = cursor_child(&c, length - BLOCK_FRAME);
    if (cursor_u32_in(&c, f->little) != length)
        return broken(f, "a pcapng block whose two lengths differ");
    if (type == BLOCK_STATISTICS) {
        statistics_block(f, body);
    } else if (type == BLOCK_INTERFACE) {
        if (f->interface_count >= CAP_CAPTURE_INTERFACES)
            return broken(f, "more interfaces than capture-interfaces");
        if (!interface_block(f, body))
            return broken(f, "a pcapng interface without its link type");
    } else {
        *p = (struct packet){ 0 };
        if (!packet_block(f, type, body, p))
            return broken(f, "a pcapng packet whose length or interface can't be");
        if (p->captured > CAP_PACKET_BYTES) {
            f->frames--;
            return broken(f, LONG_PACKET);
        }
        *found = true;
    }
    consume(f, length);
    return CAPFILE_PACKET;
}

/* The first look at a block, to know whether it is one to be read. */
static enum capfile_step ng_next(struct capfile *f, struct packet *p, bool *found)
{
    struct cursor c;
    if (f->trailer) {
        if (!gather(f, 4, &c))
            return CAPFILE_MORE;
        if (cursor_u32_in(&c, f->little) != f->trailer)
            return broken(f, "a pcapng block whose two lengths differ");
        f->trailer = 0;
        consume(f, 4);
        return CAPFILE_PACKET;
    }
    if (!gather(f, 8, &c))
        return CAPFILE_MORE;
    uint32_t type = cursor_u32_in(&c, f->little), length = cursor_u32_in(&c, f->little);
    if (type == MAGIC_SECTION)
        return section(f);
    if (length < BLOCK_FRAME || length % 4)
        return broken(f, "a pcapng block of an impossible length");
    if (length > CAP_CAPTURE_BLOCK_BYTES)
        return broken(f, "a pcapng block that is longer than capture-block-bytes: the file is damaged here");
    if (type == BLOCK_ENHANCED || type == BLOCK_INTERFACE || type == BLOCK_STATISTICS || type == BLOCK_PACKET ||
        type == BLOCK_SIMPLE)
        return block(f, type, length, p, found);
    consume(f, 8); /* names, secrets, journals, custom ones */
    f->skip = length - BLOCK_FRAME;
    f->trailer = length;
    return CAPFILE_PACKET;
}

/* ---- both ---- */

static enum capfile_step begin(struct capfile *f)
{
    struct cursor c;
    if (!gather(f, 4, &c))
        return CAPFILE_MORE;
    uint32_t magic = cursor_u32(&c);
    if (magic == MAGIC_SECTION)
        return section(f);
    f->little = !pcap_magic(magic);
    if (f->little)
        magic = __builtin_bswap32(magic);
    if (!pcap_magic(magic))
        return broken(f, "neither a pcap nor a pcapng file");
    if (!gather(f, PCAP_HEADER, &c))
        return CAPFILE_MORE;
    cursor_skip(&c, 4);
    return pcap_header(f, c, magic);
}

enum capfile_step capfile_next(struct capfile *f, struct packet *packet, struct err *e)
{
    enum capfile_step step = f->broken ? CAPFILE_BROKEN : CAPFILE_PACKET;
    bool found = false;
    while (step == CAPFILE_PACKET && !found) { /* each turn consumes, or ends it */
        if (f->held_used) {
            f->held_n = 0;
            f->held_used = false;
        }
        if (f->skip && !skipped(f)) {
            step = CAPFILE_MORE;
        } else if (f->kind == KIND_PCAP) {
            step = pcap_next(f, packet);
            found = true;
        } else if (f->kind == KIND_NG) {
            step = ng_next(f, packet, &found);
        } else {
            step = begin(f);
        }
    }
    if (step == CAPFILE_BROKEN && e)
        *e = f->err;
    return step;
}

enum err_code capfile_end(struct capfile *f, struct err *e)
{
    if (f->broken) {
        if (e)
            *e = f->err;
        return ERR_DATA;
    }
    size_t inside = f->held_used ? 0 : f->held_n;
    if (!f->offset && !inside)
        return err_set(e, ERR_DATA, "empty: not even the header of a capture file");
    if (inside || f->skip || f->trailer || f->kind == KIND_UNKNOWN)
        return err_set(e, ERR_DATA, "cut off at byte %" PRIu64 ", after frame %" PRIu64, f->offset + inside, f->frames);
    return ERR_OK;
}

uint64_t capfile_frames(const struct capfile *f)
{
    return f->frames;
}

uint64_t capfile_dropped(const struct capfile *f)
{
    return f->dropped + section_dropped(f);
}

/* ---- writing ---- */

static void put_u32(struct buf *b, uint32_t n)
{
    buf_put(b, &n, sizeof n);
}

void capfile_put_header(struct buf *b, uint16_t link, uint32_t snapshot)
{
    const uint16_t version[2] = { 2, 4 };
    put_u32(b, MAGIC_NANO);
    buf_put(b, version, sizeof version);
    put_u32(b, 0);
    put_u32(b, 0);
    put_u32(b, snapshot);
    put_u32(b, link);
}

void capfile_put_packet(struct buf *b, const struct packet *p)
{
    uint64_t ns = p->time_ns > 0 ? (uint64_t)p->time_ns : 0;
    put_u32(b, (uint32_t)(ns / 1000000000));
    put_u32(b, (uint32_t)(ns % 1000000000));
    put_u32(b, p->captured);
    put_u32(b, p->length);
    buf_put(b, p->data, p->captured);
}
