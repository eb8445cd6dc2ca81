/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/inflate.h"

#include "base/caps.h"
#include "base/mem.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES 131072

struct inflate {
    struct stream base, *inner;
    struct origin *origin;
    uint64_t total;
    bool ended;     /* of the inner stream */
    bool between;   /* a member has ended, no other one has begun */
    struct err err; /* met after bytes that had to be given out first */
    struct inflate_state state;
    uint8_t input[INPUT_BYTES];
};

static enum err_code refill(struct inflate *f, struct err *e)
{
    size_t got;
    enum err_code code = stream_read(f->inner, (char *)f->input, sizeof f->input, &got, e);
    if (code != ERR_OK)
        return code;
    f->state.next_in = f->input;
    f->state.avail_in = (uint32_t)got;
    f->ended = got == 0;
    return ERR_OK;
}

static const char *reason(int code)
{
    switch (code) {
    case ISAL_INVALID_BLOCK: return "a block is invalid";
    case ISAL_INVALID_SYMBOL: return "a symbol is invalid";
    case ISAL_INVALID_LOOKBACK: return "a distance is too far back";
    case ISAL_INVALID_WRAPPER: return "a header is invalid";
    case ISAL_UNSUPPORTED_METHOD: return "the method is not deflate";
    case ISAL_INCORRECT_CHECKSUM: return "the checksum or the length does not fit";
    default: return "the data is invalid";
    }
}

/*
 * Between two members: is there another one? gzip pads with zeros on tapes; anything else is an error, because
 * a member with a damaged header would pass in silence otherwise.
 */
static enum err_code next_member(struct inflate *f, struct err *e)
{
    while (!f->ended) {
        while (f->state.avail_in && *f->state.next_in == 0) {
            f->state.next_in++;
            f->state.avail_in--;
        }
        if (f->state.avail_in)
            break;
        enum err_code code = refill(f, e);
        if (code != ERR_OK)
            return code;
    }
    if (f->ended)
        return ERR_OK;
    if (*f->state.next_in != 0x1f)
        return err_set(
            e, ERR_DATA, "what follows %llu unpacked bytes is not gzip: left out", (unsigned long long)f->total);
    isal_inflate_reset(&f->state);
    f->state.crc_flag = ISAL_GZIP;
    f->between = false;
    return ERR_OK;
}

/* Fills state.next_out as far as it goes; ERR_OK with room left only at the end. */
static enum err_code unpack(struct inflate *f, struct err *e)
{
    enum err_code code = ERR_OK;
    while (f->state.avail_out && code == ERR_OK) {
        if (f->between) {
            code = next_member(f, e);
            if (code != ERR_OK || f->ended)
                return code;
        }
        if (f->state.avail_in == 0 && !f->ended) {
            code = refill(f, e);
            if (code != ERR_OK)
                return code;
        }
        uint32_t room = f->state.avail_out;
        int r = isal_inflate(&f->state);
        if (r != ISAL_DECOMP_OK)
            return err_set(e, ERR_DATA, "is corrupt gzip data: %s", reason(r));
        if (f->state.block_state == ISAL_BLOCK_FINISH)
            f->between = true;
        else if (f->ended && f->state.avail_out == room)
            return err_set(e, ERR_DATA, "is truncated: the gzip data has no end");
    }
    return code;
}

static enum err_code inflate_read(struct stream *s, char *p, size_t n, size_t *got, struct err *e)
{
    struct inflate *f = (struct inflate *)s;
    if (n > CAP_BLOCK_BYTES)
        n = CAP_BLOCK_BYTES;
    enum err_code code = f->err.code;
    if (code == ERR_OK) {
        f->state.next_out = (uint8_t *)p;
        f->state.avail_out = (uint32_t)n;
        (void)unpack(f, &f->err); /* f->err has it */
        *got = n - f->state.avail_out;
        struct err over = { 0 };
        if (*got && origin_out(f->origin, *got, &f->total, &over) != ERR_OK)
            f->err = over;
        if (*got)
            return ERR_OK;
        code = f->err.code;
    }
    if (code != ERR_OK && e)
        *e = f->err;
    return code;
}

static void inflate_close(struct stream *s)
{
    struct inflate *f = (struct inflate *)s;
    stream_close(f->inner);
    explicit_bzero(f, sizeof *f); /* a key may have passed through */
    free(f);
}

static const struct stream_ops inflate_ops = { .read = inflate_read, .close = inflate_close };

struct stream *inflate_open(struct stream *inner, struct origin *o)
{
    struct inflate *f = mem_zalloc(1, sizeof *f);
    f->base.ops = &inflate_ops;
    f->inner = inner;
    f->origin = o;
    isal_inflate_init(&f->state);
    f->state.crc_flag = ISAL_GZIP;
    return &f->base;
}
