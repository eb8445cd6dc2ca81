/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/belt.h"
#include "agent/sources/bundle.h"
#include "agent/sources/file.h"
#include "agent/sources/inflate.h"
#include "agent/sources/pool.h"
#include "agent/sources/unwrap.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/sources_maker.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* All that comes out, and how it ended. */
static enum err_code drain(struct stream *s, size_t step, struct buf *out, struct err *e)
{
    char *block = mem_alloc(step);
    enum err_code code;
    size_t got;
    while ((code = stream_read(s, block, step, &got, e)) == ERR_OK && got)
        buf_put(out, block, got);
    free(block);
    return code;
}

static void noise(struct buf *out, size_t n)
{
    unsigned seed = 42;
    for (size_t i = 0; i < n; i++)
        buf_putc(out, (char)(rand_r(&seed) >> 7));
}

static void gunzip(struct slice packed, struct slice want, enum err_code code, const char *text)
{
    static const size_t steps[] = { 1 << 18, 1000 };
    for (size_t i = 0; i < 2; i++) {
        struct origin o = { .size = packed.n };
        struct stream *s = inflate_open(stream_memory(packed), &o);
        struct buf out = { 0 };
        struct err e = { 0 };
        atomic_store(&o.in, packed.n);
        assert_int_equal(drain(s, steps[i], &out, &e), code);
        assert_int_equal(out.n, want.n);
        assert_true(slice_eq(buf_as_slice(&out), want));
        if (text)
            assert_non_null(strstr(e.text, text));
        /* an error stays */
        size_t got;
        char c;
        assert_int_equal(stream_read(s, &c, 1, &got, &e), code);
        stream_close(s);
        buf_clear(&out);
    }
}

static void gzip_members(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 }, twice = { 0 };
    make_lines(&plain, "gz", 20000);
    noise(&plain, 300000);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
    gunzip(buf_as_slice(&packed), buf_as_slice(&plain), ERR_OK, NULL);
    /* several members, an empty one among them, and zeros behind them */
    struct buf many = { 0 };
    buf_slice(&many, buf_as_slice(&packed));
    make_packed(&many, FORMAT_GZIP, SLICE(""));
    buf_slice(&many, buf_as_slice(&packed));
    for (int i = 0; i < 200000; i++)
        buf_putc(&many, 0);
    buf_slice(&twice, buf_as_slice(&plain));
    buf_slice(&twice, buf_as_slice(&plain));
    gunzip(buf_as_slice(&many), buf_as_slice(&twice), ERR_OK, NULL);
#ifdef INFLATE_CHECKS
    buf_puts(&many, "garbage");
    gunzip(buf_as_slice(&many), buf_as_slice(&twice), ERR_DATA, "not gzip");
#endif
    buf_clear(&many);
    buf_clear(&twice);
    buf_clear(&plain);
    buf_clear(&packed);
}

static void gzip_damage(void **state)
{
    (void)state;
    struct buf plain = { 0 }, packed = { 0 };
    make_lines(&plain, "gz", 40);
    make_packed(&packed, FORMAT_GZIP, buf_as_slice(&plain));
#ifdef INFLATE_CHECKS
    size_t n = 2, end = packed.n;
#else
    size_t n = 24, end = packed.n - 8; /* libarchive takes half a header for nothing, and needs no trailer */
#endif
    for (; n < end; n++) {
        struct origin o = { .size = n };
        struct stream *s = inflate_open(stream_memory((struct slice){ packed.p, n }), &o);
        struct buf out = { 0 };
        struct err e = { 0 };
        atomic_store(&o.in, n);
        assert_int_equal(drain(s, 4096, &out, &e), ERR_DATA);
        assert_true(slice_starts(buf_as_slice(&plain), buf_as_slice(&out)));
        stream_close(s);
        buf_clear(&out);
    }
#ifdef INFLATE_CHECKS
    packed.p[packed.n - 6] ^= 1; /* the checksum */
    gunzip(buf_as_slice(&packed), buf_as_slice(&plain), ERR_DATA, "checksum");
    packed.p[packed.n - 6] ^= 1;
    packed.p[packed.n - 1] ^= 1; /* the length */
    gunzip(buf_as_slice(&packed), buf_as_slice(&plain), ERR_DATA, "length");
#endif
    buf_clear(&plain);
    buf_clear(&packed);
}

static void every_compression(void **state)
{
    (void)state;
    static const enum format formats[] = { FORMAT_GZIP, FORMAT_XZ, FORMAT_ZSTD, FORMAT_BZIP2 };
    struct buf plain = { 0 };
    make_lines(&plain, "any", 9000);
    for (size_t i = 0; i < 4; i++) {
        struct buf once = { 0 }, twice = { 0 }, out = { 0 };
        struct err e = { 0 };
        unsigned layers;
        make_packed(&once, formats[i], buf_as_slice(&plain));
        make_packed(&twice, formats[(i + 1) % 4], buf_as_slice(&once));
        struct origin o = { .size = twice.n };
        struct stream *s = stream_memory(buf_as_slice(&twice));
        atomic_store(&o.in, twice.n);
        assert_int_equal(unwrap(&s, &o, &layers, &e), ERR_OK);
        assert_int_equal(layers, 2);
        assert_true(slice_eq(stream_peek(s, 3), SLICE("Sep")));
        assert_int_equal(drain(s, 70000, &out, &e), ERR_OK);
        assert_true(slice_eq(buf_as_slice(&out), buf_as_slice(&plain)));
        stream_close(s);
        /* cut in the middle: what is there comes out, then an error */
        buf_reset(&out);
        s = stream_memory((struct slice){ once.p, once.n / 2 });
        assert_int_equal(unwrap(&s, &o, &layers, &e), ERR_OK);
        assert_int_equal(drain(s, 70000, &out, &e), ERR_DATA);
        assert_true(slice_starts(buf_as_slice(&plain), buf_as_slice(&out)));
        stream_close(s);
        buf_clear(&once);
        buf_clear(&twice);
        buf_clear(&out);
    }
    buf_clear(&plain);
}

static void too_many_layers(void **state)
{
    (void)state;
    static const enum format formats[] = { FORMAT_GZIP, FORMAT_XZ };
    for (size_t k = 0; k < 2; k++) {
        struct buf inner = { 0 };
        struct err e = { 0 };
        struct origin o = { 0 };
        unsigned layers;
        buf_puts(&inner, "x");
        for (int i = 0; i <= CAP_NESTING; i++) {
            struct buf outer = { 0 };
            make_packed(&outer, formats[k], buf_as_slice(&inner));
            buf_clear(&inner);
            inner = outer;
        }
        struct stream *s = stream_memory(buf_as_slice(&inner));
        assert_int_equal(unwrap(&s, &o, &layers, &e), ERR_LIMIT);
        assert_non_null(strstr(e.text, "cap nesting"));
        stream_close(s);
        buf_clear(&inner);
    }
}

static void bomb(void **state)
{
    (void)state;
    struct buf zeros = { 0 }, once = { 0 }, twice = { 0 }, out = { 0 };
    struct err e = { 0 };
    unsigned layers;
    for (int i = 0; i < 1 << 20; i++)
        buf_putc(&zeros, 0);
    for (int i = 0; i < 200; i++) { /* 200 members of a megabyte each */
        struct buf one = { 0 };
        make_packed(&one, FORMAT_GZIP, buf_as_slice(&zeros));
        buf_slice(&once, buf_as_slice(&one));
        buf_clear(&one);
    }
    make_packed(&twice, FORMAT_GZIP, buf_as_slice(&once));
    struct origin o = { .size = twice.n };
    struct stream *s = stream_memory(buf_as_slice(&twice));
    atomic_store(&o.in, twice.n);
    assert_true(twice.n * CAP_INFLATE_RATIO < 200u << 20);
    assert_int_equal(unwrap(&s, &o, &layers, &e), ERR_OK);
    assert_int_equal(drain(s, 1 << 18, &out, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "cap inflate-ratio"));
    assert_in_range(out.n, 1, 65 << 20);
    stream_close(s);
    buf_clear(&zeros);
    buf_clear(&once);
    buf_clear(&twice);
    buf_clear(&out);
}

/* ---- files ---- */

static void parts_of_a_file(void **state)
{
    (void)state;
    struct origin none = { 0 };
    struct file *f;
    struct stream *a, *b;
    struct err e = { 0 };
    struct buf out = { 0 };
    make_place();
    const char *path = make_file("f", SLICE("0123456789"));
    assert_int_equal(file_open(path, &none, &f, &e), ERR_OK);
    assert_int_equal(file_stream(f, 5, 10, &a, &e), ERR_OK);
    file_rest(f); /* the stream keeps it open */
    assert_int_equal(file_stream(f, 0, 5, &b, &e), ERR_OK);
    assert_int_equal(drain(b, 2, &out, &e), ERR_OK);
    stream_close(b);
    assert_int_equal(drain(a, 100, &out, &e), ERR_OK);
    stream_close(a);
    assert_true(slice_eq(buf_as_slice(&out), SLICE("0123456789")));
    /* at rest now: opened again, if it is still the same */
    assert_int_equal(file_stream(f, 0, 10, &a, &e), ERR_OK);
    assert_int_equal(truncate(path, 4), 0);
    buf_reset(&out);
    assert_int_equal(drain(a, 100, &out, &e), ERR_IO);
    assert_non_null(strstr(e.text, "shrank"));
    assert_int_equal(out.n, 4);
    stream_close(a);
    assert_int_equal(rename(make_file("g", SLICE("0123456789")), path), 0);
    assert_int_equal(file_stream(f, 0, 10, &a, &e), ERR_IO);
    assert_non_null(strstr(e.text, "replaced"));
    file_unref(f);
    buf_clear(&out);
    make_gone();
}

static void no_link_below(void **state)
{
    (void)state;
    struct err e = { 0 };
    struct origin none = { 0 };
    struct file *f;
    make_place();
    make_file("root/d/f", SLICE("x"));
    make_file("out/f", SLICE("secret"));
    assert_int_equal(symlink(made("out"), made("root/l")), 0);
    assert_int_equal(symlink(made("out/f"), made("root/d/s")), 0);
    struct tree_root *r = mem_zalloc(1, sizeof *r);
    r->fd = open(made("root"), O_RDONLY | O_DIRECTORY);
    atomic_init(&r->refs, 1);
    assert_int_equal(file_open_below(r, "d/f", &none, &f, &e), ERR_OK);
    file_unref(f);
    assert_int_not_equal(file_open_below(r, "l/f", &none, &f, &e), ERR_OK);
    assert_int_not_equal(file_open_below(r, "d/s", &none, &f, &e), ERR_OK);
    assert_int_not_equal(file_open_below(r, "d", &none, &f, &e), ERR_OK);
    tree_root_unref(r);
    make_gone();
}

/* ---- archives ---- */

static size_t count_members(
    struct slice archive, enum format format, struct origin *o, struct buf *texts, enum err_code *end)
{
    struct bundle *b;
    struct member m;
    struct err e = { 0 };
    bool fatal;
    size_t n = 0;
    atomic_store(&o->in, archive.n);
    *end = bundle_open(stream_memory(archive), format, o, &b, &e);
    if (*end != ERR_OK)
        return 0;
    while ((*end = bundle_next(b, &m, &fatal, &e)) == ERR_OK && m.type != MEMBER_END) {
        struct stream *s = bundle_member(b);
        n++;
        if (!m.encrypted && m.type == MEMBER_FILE)
            (void)drain(s, 1000, texts, &e);
        stream_close(s);
    }
    bundle_close(b);
    return n;
}

static void truncated_everywhere(void **state)
{
    (void)state;
    static const enum format formats[] = { FORMAT_TAR, FORMAT_ZIP };
    const struct made_member m[] = { { .path = "a", .bytes = SLICE("first text") },
        { .path = "b", .bytes = SLICE("second") }, { .path = "l", .symlink = "a" }, { .path = "d", .device = true } };
    for (size_t i = 0; i < 2; i++) {
        struct buf whole = { 0 };
        make_archive(&whole, formats[i], m, formats[i] == FORMAT_TAR ? 4 : 2, NULL);
        for (size_t n = 0; n <= whole.n; n += n < 600 ? 1 : 97) {
            struct origin o = { .size = n };
            struct buf texts = { 0 };
            enum err_code end;
            char *exact = mem_alloc(n + 1);
            memcpy(exact, whole.p, n);
            size_t count = count_members((struct slice){ exact, n }, formats[i], &o, &texts, &end);
            assert_true(count <= 4);
            assert_true(slice_starts(SLICE("first textsecond"), buf_as_slice(&texts)));
            free(exact);
            buf_clear(&texts);
        }
        struct origin o = { .size = whole.n };
        struct buf texts = { 0 };
        enum err_code end;
        assert_int_equal(
            count_members(buf_as_slice(&whole), formats[i], &o, &texts, &end), formats[i] == FORMAT_TAR ? 4 : 2);
        assert_int_equal(end, ERR_OK);
        assert_true(slice_eq(buf_as_slice(&texts), SLICE("first textsecond")));
        buf_clear(&texts);
        buf_clear(&whole);
    }
}

/* ---- belts and the pool ---- */

struct reader {
    struct task task;
    struct belt *belt;
    struct buf out;
    struct err err;
    size_t most; /* blocks to read before it goes */
};

static void read_belt(struct task *t)
{
    struct reader *r = (struct reader *)t;
    struct slice block;
    while (r->most-- && belt_next(r->belt, &block, &r->err) == ERR_OK && block.n)
        buf_slice(&r->out, block);
    belt_close(r->belt);
}

static void write_belt(struct belt *b, unsigned blocks, const struct err *e)
{
    char *room;
    for (unsigned i = 0; i < blocks && (room = belt_room(b)); i++) {
        memset(room, 'a' + (int)(i % 26), 100);
        belt_put(b, i % 7 == 3 ? 0 : 100); /* some are given back */
    }
    belt_end(b, e);
}

static void belts(void **state)
{
    (void)state;
    struct pool *p;
    struct err e = { 0 }, broken;
    struct belts *all = belts_new((size_t)3 * CAP_BLOCK_BYTES);
    err_set(&broken, ERR_DATA, "is broken");
    assert_int_equal(pool_new(2, &p, &e), ERR_OK);
    struct reader r[3] = { { .most = 1000 }, { .most = 2 }, { .most = 1000 } };
    for (size_t i = 0; i < 3; i++) {
        r[i].task.run = read_belt;
        r[i].belt = belt_new(all, 2, i != 2);
        struct belt *b = r[i].belt;
        pool_submit(p, &r[i].task);
        write_belt(b, 70, i == 2 ? &broken : NULL);
    }
    pool_wait(p);
    assert_int_equal(r[0].out.n, 6000);
    assert_int_equal(r[0].err.code, ERR_OK);
    assert_int_equal(r[1].out.n, 200); /* went early, and the writer did not hang */
    assert_int_equal(r[2].out.n, 6000);
    assert_int_equal(r[2].err.code, ERR_DATA);
    for (size_t i = 0; i < 3; i++)
        buf_clear(&r[i].out);
    pool_free(p);
    belts_free(all);
}

struct count {
    struct task task;
    atomic_int *n;
};

static void add_one(struct task *t)
{
    atomic_fetch_add(((struct count *)t)->n, 1);
}

static void pool_runs_all(void **state)
{
    (void)state;
    struct pool *p;
    struct err e = { 0 };
    atomic_int n = 0;
    static struct count c[1000];
    assert_int_equal(pool_new(3, &p, &e), ERR_OK);
    for (size_t i = 0; i < 1000; i++) {
        c[i] = (struct count){ .task = { .run = add_one }, .n = &n };
        pool_submit(p, &c[i].task);
    }
    pool_wait(p);
    assert_int_equal(atomic_load(&n), 1000);
    assert_true(pool_help(p, &c[0].task)); /* everybody is idle */
    pool_free(p);                          /* waits, too */
    assert_int_equal(atomic_load(&n), 1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_members),
        cmocka_unit_test(gzip_damage),
        cmocka_unit_test(every_compression),
        cmocka_unit_test(too_many_layers),
        cmocka_unit_test(bomb),
        cmocka_unit_test(parts_of_a_file),
        cmocka_unit_test(no_link_below),
        cmocka_unit_test(truncated_everywhere),
        cmocka_unit_test(belts),
        cmocka_unit_test(pool_runs_all),
    };
    return cmocka_run_group_tests_name("streams", tests, NULL, NULL);
}
